"""Typed requests and answers, one module per SMP group."""
