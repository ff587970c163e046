"""Front ends: parse, call the api, render. Knowledge found here moves to the api."""
