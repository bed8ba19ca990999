"""Which checks there are, in the order in which they are asked."""

from operator import attrgetter

from seqbench.testing import architectures as api
from seqbench.testing import claims, learnable, metrics, networks, probes, reports, tasks
from seqbench.testing.settings import (
    a_source_is_named,
    it_says_what_it_does,
    settings_are_frozen,
    settings_are_plain,
)

_itself = attrgetter("architecture")

ARCHITECTURE_CHECKS = (
    settings_are_frozen.of(_itself),
    settings_are_plain.of(_itself),
    api.outputs_follow_the_signature,
    api.predicting_is_repeatable,
    api.fitting_is_repeatable,
    api.examples_do_not_mix,
    api.the_lesson_is_unchanged,
    api.kept_answers_are_its_own,
    api.parameters_are_counted,
    api.weighing_is_true,
    api.odd_sizes_work,
    api.a_spawned_process_agrees,
    networks.parameters_get_gradients,
    networks.the_state_dict_is_all,
    networks.gradients_may_be_off,
    claims.the_future_does_not_leak,
    claims.padding_does_not_matter,
    claims.steps_equal_the_whole,
    claims.chunks_equal_the_whole,
    networks.gradients_are_right,
    claims.number_types_agree,
    claims.declared_flops_are_true,
    claims.a_gpu_agrees,
    it_says_what_it_does.of(_itself),
    a_source_is_named.of(_itself),
    claims.flops_are_told,
    claims.looking_ahead_is_used,
)
TASK_CHECKS = (
    settings_are_frozen,
    settings_are_plain,
    tasks.shapes_follow_the_signature,
    tasks.quantiles_are_told,
    tasks.something_counts,
    tasks.lengths_are_told,
    tasks.continuations_are_shown,
    tasks.sampling_is_pure,
    tasks.splits_are_apart,
    tasks.metrics_are_named,
    learnable.metrics_exist,
    tasks.a_baseline_is_there,
    learnable.the_oracle_is_right,
    learnable.guessing_scores_chance,
    it_says_what_it_does,
    a_source_is_named,
)

METRIC_CHECKS = (
    metrics.arrays_are_unchanged,
    metrics.it_gives_a_number,
    metrics.right_is_better_than_wrong,
    metrics.nothing_beats_the_right,
    metrics.only_counted_steps_count,
    metrics.steps_weigh_alike,
    metrics.steps_make_the_whole,
    metrics.sequences_are_told_apart,
)

PROBE_CHECKS = (
    settings_are_frozen,
    settings_are_plain,
    probes.it_measures,
    probes.measuring_is_repeatable,
    probes.the_model_is_unchanged,
    probes.a_model_without_network_is_no_trouble,
    it_says_what_it_does,
    a_source_is_named,
)

RACE_CHECKS = (
    settings_are_frozen,
    settings_are_plain,
    probes.short_is_the_same_kind,
    probes.it_tells_the_runners_apart,
    it_says_what_it_does,
    a_source_is_named,
)

REPORT_CHECKS = (
    settings_are_frozen,
    settings_are_plain,
    reports.it_renders,
    reports.nothing_is_no_trouble,
    reports.failed_rows_are_no_trouble,
    reports.frames_are_unchanged,
    reports.rendering_is_repeatable,
    it_says_what_it_does,
)
