"""What commands do when they are called: one ``run`` each, apart from their options."""
