-- A guest and a child at home whose NIK are equal are one child: looked up whenever something of either comes.
-- Not concurrently: no release holds a large table yet.
set local lock_timeout = '5s';
create index citizens_by_nik on citizens (nik) where nik is not null;
