-- The records a new measurement can touch or is judged by: those of its visit, of the months around it, and of the
-- first month this posyandu ever weighed the child in (it decides between B and O).
select record.id as "id!", record.posyandu_id as "posyandu_id!", record.citizen_id as "citizen_id!",
    record.node_id as "node_id!", record.incarnation as "incarnation!", record.sequence as "sequence!",
    record.observed_on as "observed_on!", record.report_month as "report_month!", record.place as "place!",
    record.recorder_id as "recorder_id!", record.weight_event_id, record.weight_g, record.weight_reason,
    record.weight_entry, record.weight_insisted, record.oedema as "oedema!", record.length_event_id,
    record.length_tenth_mm, record.length_reason, record.length_entry, record.length_insisted, record.posture,
    record.flags as "flags!", record.age_days, record.waz_centi, record.lhaz_centi, record.whz_centi,
    record.baz_centi, record.weight_for_age, record.length_for_age, record.weight_for_length, record.bmi_for_age,
    record.nutrition_status, record.gain, record.two_t as "two_t!", record.below_red_line as "below_red_line!",
    record.weight_oedema as "weight_oedema!", record.oedema_noted, record.arm_event_id, record.arm_tenth_mm,
    record.head_event_id, record.head_tenth_mm, record.hcz_centi, record.head_for_age
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[]) as touched (posyandu_id, citizen_id, first_month, last_month)
cross join lateral (
    select *
    from child_growth_records near
    where near.citizen_id = touched.citizen_id
        and near.posyandu_id = touched.posyandu_id
        and near.report_month between touched.first_month - 2 and touched.last_month + 2
    union all
    select *
    from child_growth_records beginning
    where beginning.citizen_id = touched.citizen_id
        and beginning.posyandu_id = touched.posyandu_id
        and beginning.report_month = (
            select earliest.report_month
            from child_growth_records earliest
            where earliest.citizen_id = touched.citizen_id
                and earliest.posyandu_id = touched.posyandu_id
                and earliest.weight_g is not null
                and earliest.age_days is not null
            order by earliest.report_month
            limit 1
        )
) record
