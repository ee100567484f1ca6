"""Chats as text: who said what and when, and until when something is wanted. Pure; knows no database."""

from doorstep.chats.due import due_in
from doorstep.chats.instants import Calendar
from doorstep.chats.splitting import Message, is_chat, split_chat

__all__ = ["Calendar", "Message", "due_in", "is_chat", "split_chat"]
