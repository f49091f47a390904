"""What the window is about, without widgets: devices, one device, one update, and their words."""
