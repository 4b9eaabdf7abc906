"""The receiver: authenticate a notification, store it, answer 2xx. Nothing else happens in a request. See README.md."""
