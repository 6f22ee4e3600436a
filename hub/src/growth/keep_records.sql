insert into child_growth_records (
    id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on, report_month, place,
    recorder_id, weight_event_id, weight_g, weight_reason, weight_entry, weight_insisted, oedema,
    length_event_id, length_tenth_mm, length_reason, length_entry, length_insisted, posture, flags, age_days,
    waz_centi, lhaz_centi, whz_centi, baz_centi, weight_for_age, length_for_age, weight_for_length,
    bmi_for_age, nutrition_status, gain, two_t, below_red_line, weight_oedema, oedema_noted, arm_event_id,
    arm_tenth_mm, head_event_id, head_tenth_mm, hcz_centi, head_for_age
)
select *
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::bigint[], $7::date[], $8::integer[],
    $9::text[], $10::uuid[], $11::uuid[], $12::integer[], $13::text[], $14::text[], $15::bytea[],
    $16::boolean[], $17::uuid[], $18::integer[], $19::text[], $20::text[], $21::bytea[], $22::text[],
    $23::smallint[], $24::integer[], $25::smallint[], $26::smallint[], $27::smallint[], $28::smallint[],
    $29::text[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[], $35::boolean[],
    $36::boolean[], $37::boolean[], $38::boolean[], $39::uuid[], $40::integer[], $41::uuid[], $42::integer[],
    $43::smallint[], $44::text[]
)
on conflict (posyandu_id, citizen_id, id) do update
set (
        node_id, incarnation, sequence, observed_on, report_month, place, recorder_id, weight_event_id,
        weight_g, weight_reason, weight_entry, weight_insisted, oedema, length_event_id, length_tenth_mm,
        length_reason, length_entry, length_insisted, posture, flags, age_days, waz_centi, lhaz_centi,
        whz_centi, baz_centi, weight_for_age, length_for_age, weight_for_length, bmi_for_age,
        nutrition_status, gain, two_t, below_red_line, weight_oedema, oedema_noted, arm_event_id,
        arm_tenth_mm, head_event_id, head_tenth_mm, hcz_centi, head_for_age
    ) = (
        excluded.node_id, excluded.incarnation, excluded.sequence, excluded.observed_on,
        excluded.report_month, excluded.place, excluded.recorder_id, excluded.weight_event_id,
        excluded.weight_g, excluded.weight_reason, excluded.weight_entry, excluded.weight_insisted,
        excluded.oedema, excluded.length_event_id, excluded.length_tenth_mm, excluded.length_reason,
        excluded.length_entry, excluded.length_insisted, excluded.posture, excluded.flags, excluded.age_days,
        excluded.waz_centi, excluded.lhaz_centi, excluded.whz_centi, excluded.baz_centi,
        excluded.weight_for_age, excluded.length_for_age, excluded.weight_for_length, excluded.bmi_for_age,
        excluded.nutrition_status, excluded.gain, excluded.two_t, excluded.below_red_line,
        excluded.weight_oedema, excluded.oedema_noted, excluded.arm_event_id, excluded.arm_tenth_mm,
        excluded.head_event_id, excluded.head_tenth_mm, excluded.hcz_centi, excluded.head_for_age
    )
