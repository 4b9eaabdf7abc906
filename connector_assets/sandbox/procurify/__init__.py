"""Procurify, simulated: vendors, account codes, bills, payments and files of the sample firm's purchasing."""
