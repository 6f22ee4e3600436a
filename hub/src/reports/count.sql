-- The figures of some months, each of one posyandu.
--
-- S are the balita of the posyandu's own roster who have not completed 60 months by the end of the month; a child born on
-- 29 February completes them on the 28th. A month before a child was written down counts the child only if it was
-- weighed here then, and so does the month in which it left or one after it. Whoever is away for a while still lives here;
-- guests, from other rosters or written down here as such, and whoever stands here twice are not counted. Whoever lives here
-- and was weighed elsewhere, as a guest, was weighed: the letter of the month stands on one visit, wherever it was made.
select asked.posyandu_id as "posyandu_id!", asked.report_month as "report_month!",
    count(balita.id)::integer as "s!",
    count(*) filter (where balita.has_kia_book)::integer as "k!",
    count(balita.gain)::integer as "d!",
    count(*) filter (where balita.gain = 'N')::integer as "n!",
    count(*) filter (where balita.gain = 'T')::integer as "t!",
    count(*) filter (where balita.gain = 'O')::integer as "o!",
    count(*) filter (where balita.gain = 'B')::integer as "b!",
    count(*) filter (where balita.below_red_line)::integer as "bgm!",
    count(*) filter (where balita.two_t)::integer as "two_t!"
from unnest($1::uuid[], $2::integer[]) as asked (posyandu_id, report_month)
cross join lateral (
    select make_date(asked.report_month / 12, asked.report_month % 12 + 1, 1) as first_day
) month
left join lateral (
    select citizen.id, citizen.has_kia_book, record.gain, record.two_t, record.below_red_line
    from citizens citizen
    left join child_growth_records record
        on record.citizen_id = citizen.id
        and record.report_month = asked.report_month
        and record.gain is not null
        and (record.posyandu_id = citizen.posyandu_id or (
            citizen.registered_on < month.first_day + interval '1 month'
            and (citizen.left_on is null or citizen.status = 'pergi' or citizen.left_on >= month.first_day + interval '1 month')
        ))
    where citizen.posyandu_id = asked.posyandu_id
        and citizen.status not in ('keliru', 'ganda')
        and citizen.home_posyandu is null
        and (citizen.left_on is null or citizen.status = 'pergi' or citizen.left_on >= month.first_day + interval '1 month' or record.gain is not null)
        and citizen.category = 'balita'
        and citizen.birth_date >= month.first_day - interval '59 months'
        and citizen.birth_date < month.first_day + interval '1 month'
        and (citizen.registered_on < month.first_day + interval '1 month' or record.gain is not null)
) balita on true
group by asked.posyandu_id, asked.report_month
