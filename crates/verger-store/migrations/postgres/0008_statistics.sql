-- PostgreSQL keeps statistics of its own; see the step of the same number for SQLite.
select 1;
