"""What runs inside a sandbox: the warm template, the jail of one submission, and its cases."""
