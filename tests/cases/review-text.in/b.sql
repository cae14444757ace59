-- kbc: ignore[END1] generated

select 1;
select 2;
