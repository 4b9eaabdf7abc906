"""Visma.net ERP: employees, departments, branches, segments, subaccounts and accounts. Start with README.md."""
