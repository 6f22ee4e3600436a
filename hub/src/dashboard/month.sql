-- Every posyandu of a Puskesmas: its counts of a month and of the same month a year before, in the order of the form, and
-- when one of its nodes was last heard. Null where nothing was counted.
select posyandu.id as "id!", posyandu.name as "name!", posyandu.village as "village!",
    case when present.posyandu_id is not null then array[
        present.s, present.k, present.d, present.n, present.t, present.o, present.b, present.bgm, present.two_t
    ] end as "present?",
    case when past.posyandu_id is not null then array[
        past.s, past.k, past.d, past.n, past.t, past.o, past.b, past.bgm, past.two_t
    ] end as "past?",
    heard.last_heard_at as "last_heard_at?"
from posyandu
left join monthly_figures present on present.posyandu_id = posyandu.id and present.report_month = $2
left join monthly_figures past on past.posyandu_id = posyandu.id and past.report_month = $2 - 12
left join (
    select node_posyandu.posyandu_id, max(nodes.last_heard_at) as last_heard_at
    from node_posyandu
    join nodes on nodes.id = node_posyandu.node_id
    group by node_posyandu.posyandu_id
) heard on heard.posyandu_id = posyandu.id
where posyandu.puskesmas_id = $1
