"""Front ends, tried as their users meet them."""
