"""Functions that only read: what they answer is all that they do.

The lists come from the catalog pg_proc of PostgreSQL 15 with what 16 to 18 added, and were
gone through by hand: a function that is missing here is one of `functions`, or unknown.
"""

from typing import Final

BUILT_IN: Final = frozenset(
    """
    abbrev abs aclcontains acldefault aclexplode acos acosd acosh age any_value area array_agg
    array_append array_cat array_dims array_fill array_length array_lower array_ndims
    array_position array_positions array_prepend array_remove array_replace array_reverse
    array_sample array_shuffle array_sort array_to_json array_to_string array_to_tsvector
    array_upper arraycontained arraycontains arrayoverlap ascii asin asind asinh atan atan2
    atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor bool bool_and bool_or
    bound_box box bpchar broadcast btrim cardinality casefold cbrt ceil ceiling center char
    char_length character_length chr cidr circle clock_timestamp col_description concat
    concat_ws convert convert_from convert_to corr cos cosd cosh cot cotd count covar_pop
    covar_samp crc32 crc32c cume_dist current_database current_query current_schema
    current_schemas current_user currval date date_add date_bin date_part date_subtract
    date_trunc datemultirange daterange decode degrees dense_rank dexp diagonal diameter div
    dlog1 dlog10 dround dtrunc encode enum_first enum_last enum_range erf erfc every exp extract
    factorial family first_value float4 float8 floor format format_type gamma gcd
    gen_random_uuid generate_subscripts get_bit get_byte get_current_ts_config
    getdatabaseencoding getpgusername has_any_column_privilege has_column_privilege
    has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege
    has_language_privilege has_largeobject_privilege has_parameter_privilege
    has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege
    has_tablespace_privilege has_type_privilege hashtext hashtextextended height host hostmask
    icu_unicode_version inet_client_addr inet_client_port inet_merge inet_same_family
    inet_server_addr inet_server_port initcap int2 int4 int4multirange int4range int8
    int8multirange int8range interval is_normalized isclosed isempty isfinite ishorizontal
    isopen isparallel isperp isvertical json_agg json_array_element json_array_element_text
    json_array_elements json_array_elements_text json_array_length json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text
    json_object json_object_agg json_object_field json_object_field_text json_object_keys
    json_populate_record json_populate_recordset json_query json_strip_nulls json_to_record
    json_to_recordset json_to_tsvector json_typeof json_value jsonb_agg jsonb_array_element
    jsonb_array_element_text jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_concat jsonb_contained jsonb_contains
    jsonb_delete jsonb_delete_path jsonb_each jsonb_each_text jsonb_exists jsonb_exists_all
    jsonb_exists_any jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
    jsonb_object_agg jsonb_object_field jsonb_object_field_text jsonb_object_keys
    jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query
    jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
    jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset
    jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
    jsonb_to_tsvector jsonb_typeof justify_days justify_hours justify_interval lag last_value
    lastval lcm lead left length lgamma like like_escape line ln log log10 lower lower_inc
    lower_inf lseg ltrim macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time
    make_timestamp make_timestamptz makeaclitem masklen max md5 min min_scale mod mode money
    multirange mxid_age name netmask network normalize notlike now npoints nth_value ntile
    num_nonnulls num_nulls numeric numeric_div_trunc nummultirange numnode numrange
    obj_description octet_length oid oidvectortypes overlaps overlay parse_ident path
    percent_rank percentile_cont percentile_disc pg_available_extension_versions
    pg_available_extensions pg_available_wal_summaries pg_backend_pid pg_basetype
    pg_blocking_pids pg_char_to_encoding pg_client_encoding pg_collation_actual_version
    pg_collation_for pg_collation_is_visible pg_column_compression pg_column_is_updatable
    pg_column_size pg_conf_load_time pg_control_checkpoint pg_control_init pg_control_recovery
    pg_control_system pg_conversion_is_visible pg_current_logfile pg_current_snapshot
    pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
    pg_current_xact_id_if_assigned pg_cursor pg_database_collation_actual_version
    pg_database_size pg_describe_object pg_encoding_max_length pg_encoding_to_char
    pg_extension_update_paths pg_filenode_relation pg_function_is_visible pg_get_acl pg_get_aios
    pg_get_backend_memory_contexts pg_get_catalog_foreign_keys pg_get_constraintdef pg_get_expr
    pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
    pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef
    pg_get_keywords pg_get_loaded_modules pg_get_multixact_members pg_get_object_address
    pg_get_partition_constraintdef pg_get_partkeydef pg_get_publication_tables
    pg_get_replica_identity_index pg_get_replication_slots pg_get_ruledef pg_get_serial_sequence
    pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_statisticsobjdef
    pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
    pg_get_userbyid pg_get_viewdef pg_get_wal_replay_pause_state pg_get_wal_resource_managers
    pg_get_wal_summarizer_state pg_has_role pg_ident_file_mappings pg_identify_object
    pg_identify_object_as_address pg_index_column_has_property pg_index_has_property
    pg_indexam_has_property pg_indexam_progress_phasename pg_indexes_size
    pg_is_in_recovery pg_is_other_temp_schema pg_is_wal_replay_paused
    pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact
    pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
    pg_listening_channels pg_lock_status pg_logical_slot_peek_binary_changes
    pg_logical_slot_peek_changes pg_ls_archive_statusdir pg_ls_logdir pg_ls_logicalmapdir
    pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir pg_lsn
    pg_mcv_list_items pg_my_temp_schema pg_notification_queue_usage pg_numa_available
    pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table
    pg_partition_ancestors pg_partition_root pg_partition_tree pg_postmaster_start_time
    pg_prepared_statement pg_prepared_xact pg_relation_filenode pg_relation_filepath
    pg_relation_is_publishable pg_relation_is_updatable pg_relation_size
    pg_replication_origin_oid pg_replication_origin_progress
    pg_replication_origin_session_is_setup pg_replication_origin_session_progress
    pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_sequence_parameters
    pg_settings_get_flags pg_show_all_settings pg_show_replication_origin_status pg_size_bytes
    pg_size_pretty pg_snapshot_xip pg_snapshot_xmax pg_snapshot_xmin pg_split_walfile_name
    pg_stat_clear_snapshot pg_stat_have_stats pg_statistics_obj_is_visible pg_table_is_visible
    pg_table_size pg_tablespace_databases pg_tablespace_location pg_tablespace_size
    pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_trigger_depth
    pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible
    pg_ts_template_is_visible pg_type_is_visible pg_typeof pg_visible_in_snapshot
    pg_wal_lsn_diff pg_wal_summary_contents pg_walfile_name pg_walfile_name_offset
    pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status phraseto_tsquery pi
    plainto_tsquery point polygon position pow power querytree quote_ident quote_literal
    quote_nullable radians radius random random_normal range_agg range_intersect_agg range_merge
    rank regclass regexp_count regexp_instr regexp_like regexp_match regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy
    regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy replace reverse
    right round row_number row_security_active row_to_json rtrim satisfies_hash_partition scale
    session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512
    shobj_description sign similar_escape similar_to_escape sin sind sinh slope split_part sqrt
    starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array
    string_to_table strip strpos substr substring sum system_user tan tand tanh text textlen
    time timeofday timestamp timestamptz timetz timezone to_ascii to_bin to_char to_date to_hex
    to_json to_jsonb to_number to_oct to_regclass to_regcollation to_regnamespace to_regoper
    to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_timestamp to_tsquery
    to_tsvector transaction_timestamp translate trim_array trim_scale trunc ts_debug ts_delete
    ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_token_type tsmultirange
    tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array txid_current_if_assigned
    txid_current_snapshot txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_status
    txid_visible_in_snapshot unicode_assigned unicode_version unistr unnest upper upper_inc
    upper_inf uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7 var_pop var_samp varbit
    varchar variance version websearch_to_tsquery width width_bucket xid xml xml_is_well_formed
    xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlexists xmltext
    xmlvalidate xpath xpath_exists
    """.split()  # noqa: SIM905 - a list of one name per line would be ten pages
)
"""PostgreSQL's own; beside them every `pg_stat_get_` is one."""

FORMER: Final = frozenset(
    """
    pg_backup_start_time pg_is_in_backup
    pg_current_xlog_flush_location pg_current_xlog_insert_location pg_current_xlog_location
    pg_is_xlog_replay_paused pg_last_xlog_receive_location pg_last_xlog_replay_location
    pg_wal_location_diff pg_xlog_location_diff pg_xlogfile_name pg_xlogfile_name_offset
    """.split()  # noqa: SIM905 - a list of one name per line would be ten pages
)
"""Those that were renamed in PostgreSQL 10, or left out since."""

OF_EXTENSIONS: Final = frozenset(
    """
    akeys aurora_replica_status aurora_stat_backend_waits aurora_version avals bt_index_check
    daitch_mokotoff difference digest dmetaphone hstore_to_json
    hstore_to_jsonb lca levenshtein metaphone nlevel pg_buffercache_pages pg_buffercache_summary
    pg_buffercache_usage_counts pg_freespace pg_relation_check_pages pg_relpages
    pg_stat_statements pg_stat_statements_info pg_visibility pg_visibility_map
    pg_visibility_map_summary pg_wait_sampling_get_current pg_wait_sampling_get_history
    pg_wait_sampling_get_profile pgrowlocks pgstatginindex pgstathashindex pgstatindex
    pgstattuple pgstattuple_approx show_limit show_trgm similarity skeys soundex
    strict_word_similarity subltree subpath svals time_bucket time_bucket_gapfill unaccent
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5
    uuid_nil verify_heapam word_similarity
    """.split()  # noqa: SIM905 - a list of one name per line would be ten pages
)
"""Those of well-known extensions: pg_stat_statements, pg_trgm, pgcrypto, pgstattuple ..."""

ROWS: Final = frozenset(
    """
    aclexplode each json_each json_each_text jsonb_each jsonb_each_text
    pg_available_extension_versions pg_available_extensions pg_backup_stop
    pg_buffercache_summary pg_control_checkpoint pg_control_init pg_control_recovery
    pg_control_system pg_create_logical_replication_slot pg_create_physical_replication_slot
    pg_get_backend_memory_contexts pg_get_keywords pg_get_object_address
    pg_get_replication_slots pg_get_wal_summarizer_state pg_identify_object
    pg_identify_object_as_address pg_last_committed_xact pg_lock_status
    pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_ls_archive_statusdir
    pg_ls_logdir pg_ls_replslotdir pg_ls_tmpdir pg_ls_waldir pg_partition_tree pg_prepared_xact
    pg_replication_slot_advance pg_sequence_parameters pg_show_all_settings
    pg_show_replication_origin_status pg_split_walfile_name pg_stat_get_activity
    pg_stat_get_archiver pg_stat_get_progress_info pg_stat_get_replication_slot
    pg_stat_get_slru pg_stat_get_subscription pg_stat_get_wal pg_stat_get_wal_receiver
    pg_stat_get_wal_senders pg_stat_statements pg_stat_statements_info pg_visibility
    pg_visibility_map pg_visibility_map_summary pg_walfile_name_offset
    pg_xact_commit_timestamp_origin pgrowlocks pgstatginindex pgstathashindex pgstatindex
    pgstattuple pgstattuple_approx ts_debug ts_parse ts_token_type verify_heapam
    """.split()  # noqa: SIM905 - a list of one name per line would be ten pages
)
"""Those that answer rows of columns: `(f(...)).column` is a column of what f answers."""

ELSEWHERE: Final = frozenset(
    """
    adddate approx_count_distinct approx_distinct approx_percentile arbitrary array_join
    at_timezone bin_to_uuid charindex connection_id count_if countif curdate current_role
    curtime database date_diff date_format date_parse datediff day dayname dayofmonth dayofweek
    dayofyear element_at elt field find_in_set format_bytes format_datetime format_pico_time
    from_base64 from_hex from_iso8601_date from_iso8601_timestamp from_unixtime get_json_object
    getdate group_concat hex hour ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa instr is_ipv4
    is_ipv6 isnull json_arrayagg json_extract json_extract_scalar json_objectagg json_parse
    json_size json_unquote last_day lcase listagg locate map_agg map_keys map_values max_by mid
    min_by minute month monthname nvl nvl2 parse_datetime parse_duration period_diff quarter
    regexp_extract regexp_extract_all schema sec_to_time second split str_to_date strcmp
    strftime subdate substring_index sysdate time_format time_to_sec timediff timestampadd
    timestampdiff to_base64 to_days to_iso8601 to_milliseconds to_seconds to_unixtime ucase
    unhex unix_timestamp url_decode url_encode url_extract_host url_extract_parameter
    url_extract_path url_extract_query utc_date utc_time utc_timestamp uuid_to_bin week weekday
    weekofyear year year_of_week yearweek
    """.split()  # noqa: SIM905 - a list of one name per line would be ten pages
)
"""Those of MySQL, Athena and their like; PostgreSQL has none of that name."""
