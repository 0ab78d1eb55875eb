"""What programs may do at `/api/v1`: one file a part. Each route calls what the pages for people call."""
