"""Command's pages, a module for each page of work: incidents, areas, tasks, people, letters, the journal."""
