-- Guests and whom they are at home, of those people on either side. Whole NIK that are equal are one child, and so are two
-- of whom somebody said so, unless their NIK say otherwise; never two that were born on different days.
select guest.id as "guest!", guest.posyandu_id as "away!", home.id as "home!", home.posyandu_id as "posyandu!"
from (
    select
        case when one.home_posyandu is null then other.id else one.id end as guest_id,
        case when one.home_posyandu is null then one.id else other.id end as home_id
    from citizens one
    join citizens other on other.nik = one.nik and other.id <> one.id
    where one.id = any ($1) and one.nik ~ '^[0-9]{16}$'
    union
    select guest_id, home_id
    from citizen_links
    where guest_id = any ($1)
    union
    select guest_id, home_id
    from citizen_links
    where home_id = any ($1)
) alike
join citizens guest on guest.id = alike.guest_id
join citizens home on home.id = alike.home_id
where guest.home_posyandu is not null
    and home.home_posyandu is null
    and guest.birth_date = home.birth_date
    and (guest.nik = home.nik or guest.nik is null or home.nik is null)
    and guest.category = 'balita'
    and home.category = 'balita'
    and guest.status not in ('keliru', 'ganda')
    and home.status not in ('keliru', 'ganda')
