"""Who a person is, and the tokens that speak for them."""
