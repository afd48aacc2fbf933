select count(*) from sale
select price from sale
