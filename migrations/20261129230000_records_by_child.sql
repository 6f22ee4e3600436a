-- A measurement is judged by the child's own months at its posyandu. Led by the child and the posyandu together, that is a
-- handful of index entries, however many children a posyandu has and whatever the planner believes of it.
-- Not concurrently: no release holds a large table yet.
set local lock_timeout = '5s';
create index child_growth_records_by_child on child_growth_records (citizen_id, posyandu_id, report_month);
drop index child_growth_records_by_citizen;
