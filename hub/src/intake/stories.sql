-- Everything that is known of what is held of some journals: runs of the main story and of branches, where branches left
-- which story (in the places of a run's ends), what is lost, and how far rows may stand where no run says so.
with asked as (
    select node_id, incarnation from unnest($1::uuid[], $2::integer[]) as asked (node_id, incarnation)
)
select asked.node_id as "node_id!", asked.incarnation as "incarnation!", asked.incarnation as "number!",
    'run' as "what!", run.first_sequence as "first_sequence!", run.last_sequence as "last_sequence!",
    run.chain_before, run.chain_after
from asked
join received_runs run on run.node_id = asked.node_id and run.incarnation = asked.incarnation
union all
select asked.node_id, asked.incarnation, branch.branch, 'run', run.first_sequence, run.last_sequence,
    run.chain_before, run.chain_after
from asked
join journal_branches branch on branch.node_id = asked.node_id and branch.incarnation = asked.incarnation
join received_runs run on run.node_id = branch.node_id and run.incarnation = branch.branch
union all
select asked.node_id, asked.incarnation, branch.branch, 'branch', branch.first_sequence, branch.parent, null, null
from asked
join journal_branches branch on branch.node_id = asked.node_id and branch.incarnation = asked.incarnation
union all
select asked.node_id, asked.incarnation, asked.incarnation, 'lost', lost.first_sequence, lost.last_sequence, null, null
from asked
join lost_ranges lost on lost.node_id = asked.node_id and lost.incarnation = asked.incarnation
union all
select asked.node_id, asked.incarnation, asked.incarnation, 'mended', 0, mended.through, null, null
from asked
join mended_journals mended on mended.node_id = asked.node_id and mended.incarnation = asked.incarnation
