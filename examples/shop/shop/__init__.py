"""The backend of the Kettle coffee shop."""
