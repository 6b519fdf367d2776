//! Days that once went wrong, as literal lists.
