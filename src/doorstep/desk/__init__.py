"""Requests of residents: messages, requests with one owner each, offers of help, objects entrusted."""
