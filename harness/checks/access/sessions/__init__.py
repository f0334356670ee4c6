"""What the check of sessions looks at: options, cookies, tokens, log-in and log-out."""
