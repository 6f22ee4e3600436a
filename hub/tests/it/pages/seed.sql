-- Two posyandu of Puskesmas Cibadak and one of another, in November 2026. All people are invented.
insert into puskesmas (id, name, district) values
    ('00000000-0000-7000-8000-0000000000c1', 'Puskesmas Cibadak', 'Sukabumi'),
    ('00000000-0000-7000-8000-0000000000c2', 'Puskesmas Lain', 'Sukabumi');

insert into posyandu (id, puskesmas_id, name, village) values
    ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-0000000000c1', 'Mawar 3', 'Cibadak'),
    ('00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-0000000000c1', 'Melati', 'Sekarwangi'),
    ('00000000-0000-7000-8000-0000000000e1', '00000000-0000-7000-8000-0000000000c2', 'Anggrek', 'Lain');

insert into nodes (id, label, incarnation, last_heard_at) values
    ('00000000-0000-7000-8000-000000000101', 'Alat 1', 1, now());
insert into node_keys (node_id, incarnation, public_key) values
    ('00000000-0000-7000-8000-000000000101', 1, sha256('a'));
insert into node_certificates (sha256, node_id, incarnation) values
    (sha256('b'), '00000000-0000-7000-8000-000000000101', 1);
insert into node_posyandu (node_id, posyandu_id) values
    ('00000000-0000-7000-8000-000000000101', '00000000-0000-7000-8000-0000000000a1');

insert into quarantined_events (node_id, incarnation, sequence, event_id, reason, frame, frame_sha256) values
    ('00000000-0000-7000-8000-000000000101', 1, 9, null, 'tanda tangan rantai tidak cocok', '\x00', sha256('c'));

insert into citizens
    (id, posyandu_id, name, birth_date, gender, guardian_name, has_kia_book, event_id, registered_on)
values
    ('00000000-0000-7000-8000-000000000051', '00000000-0000-7000-8000-0000000000a1', 'Siti Aminah', '2025-08-10', 'P', 'Rahma', true, gen_random_uuid(), '2025-09-10'),
    ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-0000000000a1', 'Budi Santoso', '2025-08-15', 'L', 'Wati', true, gen_random_uuid(), '2025-09-10'),
    ('00000000-0000-7000-8000-0000000000f1', '00000000-0000-7000-8000-0000000000a1', 'Rara', '2024-01-20', 'P', 'Ani', false, gen_random_uuid(), '2024-09-10'),
    ('00000000-0000-7000-8000-0000000000f9', '00000000-0000-7000-8000-0000000000e1', 'Asing', '2024-01-20', 'P', 'Ani', false, gen_random_uuid(), '2024-09-10');

insert into child_growth_records (
    id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on, report_month, place, recorder_id,
    weight_event_id, weight_g, weight_entry, weight_insisted, length_event_id, length_tenth_mm, length_entry,
    length_reason, posture, age_days, waz_centi, lhaz_centi, whz_centi, baz_centi,
    weight_for_age, length_for_age, weight_for_length, nutrition_status, gain, two_t, below_red_line
)
select
    gen_random_uuid(), '00000000-0000-7000-8000-0000000000a1', citizen_id::uuid,
    '00000000-0000-7000-8000-000000000101', 1, sequence, observed_on::date,
    extract(year from observed_on::date)::integer * 12 + extract(month from observed_on::date)::integer - 1,
    'posyandu', gen_random_uuid(), gen_random_uuid(), weight_g, entry, insisted, gen_random_uuid(), length_tenth_mm,
    case when length_tenth_mm is not null then entry end, case when length_tenth_mm is null then 'cries' end, 'l',
    observed_on::date - birth_date::date, waz, lhaz, whz, whz, bb_u, tb_u, status, status, gain, two_t, waz < -300
from (values
    ('00000000-0000-7000-8000-000000000051', '2025-08-10', '2026-11-10', 3, 8450, 'instrument', null::bytea, 7350, -98, -135, -44, 'bb_normal', 'normal', 'gizi_baik', 'N', false),
    ('00000000-0000-7000-8000-000000000051', '2025-08-10', '2026-10-10', 1, 8100, 'instrument', null, 7290, -114, -122, -78, 'bb_normal', 'normal', 'gizi_baik', 'N', false),
    ('00000000-0000-7000-8000-0000000000b1', '2025-08-15', '2026-11-10', 4, 6200, 'typed', '\x00', null, -321, null, null, 'bb_sangat_kurang', null, 'gizi_kurang', 'T', true),
    ('00000000-0000-7000-8000-0000000000b1', '2025-08-15', '2026-10-10', 2, 6350, 'instrument', null, 6900, -298, -280, -210, 'bb_kurang', 'pendek', 'gizi_kurang', 'T', false)
) as visit (
    citizen_id, birth_date, observed_on, sequence, weight_g, entry, insisted, length_tenth_mm,
    waz, lhaz, whz, bb_u, tb_u, status, gain, two_t
);

insert into monthly_figures (posyandu_id, report_month, s, k, d, n, t, o, b, bgm, two_t) values
    ('00000000-0000-7000-8000-0000000000a1', 2026 * 12 + 10, 3, 2, 2, 1, 1, 0, 0, 1, 1),
    ('00000000-0000-7000-8000-0000000000a1', 2025 * 12 + 10, 50, 45, 38, 20, 15, 2, 1, 0, 0),
    ('00000000-0000-7000-8000-0000000000a2', 2026 * 12 + 10, 1250, 1200, 1004, 601, 399, 3, 1, 0, 1),
    ('00000000-0000-7000-8000-0000000000e1', 2026 * 12 + 10, 90, 90, 90, 90, 0, 0, 0, 0, 0);
