"""Reports: the situation, the numbers brief, who does what where, the look back; each figure opens to its rows."""
