select count(*) from sale
select sum(price) from sale where thing = 'pen'
