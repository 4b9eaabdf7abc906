"""A simulated Visma.net ERP: Visma Connect, employees, dimensions and what surrounds them."""
