"""What has to travel up the house: events and contributions, each in one list that can be read in one place."""
