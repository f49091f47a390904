"""What every view stands on: theme, icons, text, dialogs, tasks, wording. No domain words."""
