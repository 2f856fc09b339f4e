"""The start page: lessons, the free lab, recent files, and where the person stopped."""
