"""Tables of the managers of services and their logs."""

from typing import Final

READS: Final = """
journalctl | -{aeqrkxNlm} -NUM --all --catalog --no-pager --no-full --full --quiet --reverse --utc
    --no-hostname --dmesg --system --user --merge --list-boots --disk-usage --fields --pager-end
    --header --verify -b --boot?offset -n=lines --lines=lines -u=unit --unit=unit --user-unit=unit
    -t=name --identifier=name -p=name --priority=name -o=name --output=name
    --output-fields=columns --since=when -S=when --until=when -U=when -g=pattern --grep=pattern
    --case-sensitive?name -F=name --field=name --facility=columns | selector* | until -n --lines
    -NUM
    --since -S --list-boots --disk-usage -b --boot --until -U -u --unit --user-unit -t
    --identifier -k --dmesg -F --field --fields -N --header --verify -e --pager-end
systemctl @ | --no-pager --user --system -l --full -q --quiet --no-legend --plain
systemctl | -{alqr} --all --failed --type=columns -t=columns --state=columns --version | |
systemctl status | -{alq} --all -n=lines --lines=lines -o=name --output=name --state=columns
    --type=columns -t=columns --with-dependencies | unit* |
systemctl is-active,is-enabled,is-failed | | unit+ |
systemctl show | --value -p=property --property=property -a --all | unit* | -p --property
systemctl list-dependencies,cat | -{al} --all --reverse --before --after | unit* |
systemctl
    list-units,list-unit-files,list-timers,list-sockets,list-jobs,list-machines,list-automounts,
    list-paths
    | -{alqr} --all --failed --type=columns -t=columns --state=columns | unit* |
systemctl is-system-running,get-default | | |
service | --status-all | | --status-all
service status | | name |
rc-service status | | name |
rc-status | -{acsu} | name? |
supervisorctl ^ | -c=config --configuration=config
supervisorctl status | | unit* |
supervisorctl tail | -NUM | name type? |
supervisorctl pid,avail,version,maintail | -NUM | name? |
gitlab-ctl status,service-list | | name? |
gitlab-ctl get-redis-master,consul-members,pg-upgrade-status | | |
gitlab-runner status,verify | | |
gitlab-runner | --version | | --version
sv status,s | | name+ |
monit status,summary,report | | name? |
initctl status,list,version | | name? |
pm2 list,ls,status,info | | name? |
systemd-analyze,systemd-cgls | --no-pager -l -k | |
systemd-analyze time,blame,critical-chain | --no-pager | unit* |
systemd-cgtop | -{bpcmi} --batch -n=few --iterations=few -d=seconds --depth=count --order=name |
    | until -n --iterations
systemd-detect-virt | -{cvq} --vm --container | |
logrotate | -d --debug -v --verbose -f --force | list | -d --debug
rsyslogd | -N=number -f=read | | -N
sshd | -t -T | | -t -T
rabbitmqctl,rabbitmq-diagnostics @ | -{q} --quiet --silent -n=name --node=name
rabbitmqctl,rabbitmq-diagnostics
    status,cluster_status,list_queues,list_exchanges,list_bindings,list_connections,
    list_channels,list_consumers,list_users,list_vhosts,list_permissions,list_policies,
    node_health_check,ping,check_running,check_local_alarms,check_port_connectivity,alarms,
    memory_breakdown,list_unresponsive_queues,version,listeners,check_alarms
    | -p=name --vhost=name --online --offline --local --formatter=name --table-headers
    --no-table-headers | name* |
nginx,openresty | -{tTvVq} -c=config | | -t -T -v -V
apachectl,apache2ctl configtest,status,fullstatus | | |
apachectl,apache2ctl,httpd,apache2 | -t -S -M -v -V | | -t -S -M -v -V
haproxy | -{cvqV} -vv -f=config | | -c -v -vv
php-fpm | -t -tt -v | | -t -tt -v
named-checkconf | -{zj} | list? |
postfix status,check | | |
postqueue | -p -j | | -p -j
mailq | | |
fail2ban-client status,ping,version | | name? |
varnishstat | -{1j} -f=columns | | -1 -j
varnishadm backend.list,status,ping,banner,param.show,ban.list,vcl.list,storage.list,panic.show |
    -{jp} | name* |
rndc status | | |
keepalived | -v --version | | -v --version
exim,exim4 | -bp -bpc | | -bp -bpc
cloud-init status | --long -l | |
needrestart | -{bkl} | | -b
virsh ^ | -r --readonly -q --quiet
virsh
    list,dominfo,domstate,domblklist,domiflist,domstats,net-list,net-info,pool-list,pool-info,
    vol-list,nodeinfo,version,dommemstat,vcpuinfo,snapshot-list,iface-list,domifaddr,
    domjobinfo,capabilities,freecell,hostname,uri,dumpxml,net-dumpxml,
    pool-dumpxml,nodedev-list,domblkerror,domcontrol,domfsinfo,nodememstats,nodecpustats
    | --all --inactive --name --title --details --state --source=name --live --config --table
    --uuid --persistent --block --vcpu --balloon --interface --raw --full --human | name? |
virsh domblkstat,domifstat,domblkinfo | --human | name name |
pg_isready | -{q} -h=path -p=number -U=id -d=id -t=number --host=path --port=number --username=id
    --dbname=id --timeout=number --quiet | |
etcdctl user,role list | | |
etcdctl @ | -w=name --write-out=name --endpoints=endpoints --cacert=path --cert=path --key=path
    --cluster --command-timeout=name --dial-timeout=name
etcdctl version | | |
etcdctl endpoint status,health,hashkv | | |
etcdctl member list | --hex | |
etcdctl alarm,lease list | | |
etcdctl get | --keys-only --prefix --count-only --limit=count --from-key -w=name | text text? |
    --keys-only --count-only
etcdctl,etcdutl snapshot status | -w=name --write-out=name | path |
nodetool @ | -h=address -p=number --host=address --port=number
nodetool
    status,info,ring,tpstats,compactionstats,netstats,gossipinfo,describecluster,cfstats,
    tablestats,version,proxyhistograms,tablehistograms,cfhistograms,gcstats,statusbinary,
    statusgossip,statusthrift,statushandoff,listsnapshots,getcompactionthroughput,
    getstreamthroughput,toppartitions,failuredetector,gettimeout,viewbuildstatus,describering
    | -r -H -F=name | name* |
"""

CHANGES: Final = """
journalctl | --vacuum-size --vacuum-time --vacuum-files | destructive |
journalctl | --rotate --flush --sync --relinquish-var --smart-relinquish-var --update-catalog
    --setup-keys | mutate |
journalctl | --cursor-file | mutate |
systemctl * | -H --host -M --machine --root --image | elsewhere |
systemctl
    start,stop,restart,reload,try-restart,reload-or-restart,try-reload-or-restart,enable,disable,
    reenable,mask,unmask,preset,daemon-reload,daemon-reexec,reset-failed,set-property,
    set-default,add-wants,add-requires,link,import-environment,set-environment,unset-environment,
    log-level,freeze,thaw,bind,cancel
    | | mutate | --force -f
systemctl kill,isolate | | destructive |
systemctl * | | destructive |
service start,stop,restart,reload,force-reload,condrestart,try-restart,graceful | | mutate |
service * | | destructive |
rc-service start,stop,restart,reload | | mutate |
rc-service * | | destructive |
supervisorctl start,stop,restart,reload,update,reread,add,signal | | mutate |
supervisorctl * | | destructive |
supervisorctl * | -p --password -s --serverurl | elsewhere |
gitlab-ctl
    start,stop,restart,reconfigure,hup,once,int,term,usr1,usr2,deploy-page,enable,disable
    | | mutate |
gitlab-ctl * | | destructive |
gitlab-runner start,stop,restart,install,register,verify,run | | mutate | --delete
gitlab-runner * | | destructive |
sv start,stop,up,down,restart,hup,once,pause,cont,term,int,reload,usr1,usr2,1,2,alarm | | mutate |
sv * | | destructive |
monit start,stop,restart,monitor,unmonitor,reload | | mutate |
monit * | | destructive |
initctl start,stop,restart,reload,reload-configuration | | mutate |
initctl * | | destructive |
pm2 start,stop,restart,reload,scale,save,resurrect | | mutate |
pm2 * | | destructive |
rabbitmqctl
    stop_app,start_app,set_permissions,set_policy,set_user_tags,add_vhost,
    clear_permissions,clear_policy,await_startup,rotate_logs,set_vm_memory_high_watermark,
    set_disk_free_limit,trace_on,trace_off,cancel_sync_queue,sync_queue,set_parameter,
    set_cluster_name,stop,shutdown,enable_feature_flag
    | | mutate |
rabbitmqctl add_user,change_password,authenticate_user,environment,report | | secrets |
rabbitmqctl eval | | unbounded |
rabbitmqctl * | | destructive |
rabbitmq-diagnostics * | | destructive |
logrotate | | destructive |
nginx,openresty | | mutate | -g -c -p -e
apachectl,apache2ctl,httpd,apache2 | | mutate | -f -c -C -D -d -e
apachectl,apache2ctl * | | mutate |
a2ensite,a2dissite,a2enmod,a2dismod | | mutate |
postfix start,stop,reload,flush | | mutate |
postfix * | | destructive |
postsuper | | destructive |
postqueue | -f -i -s | mutate |
update-rc.d,chkconfig | | mutate |
fail2ban-client set,reload,start,restart,unban | | mutate |
fail2ban-client * | | destructive |
varnishstat,varnishtop,varnishhist | | interactive |
varnishadm * | | destructive |
rndc reload,reconfig,sync,thaw,freeze,notify | | mutate |
rndc * | | destructive |
keepalived * | | destructive |
exim,exim4 | | unbounded |
cloud-init query | | secrets |
cloud-init * | | destructive |
consul-template,confd | | destructive |
virsh
    start,shutdown,reboot,suspend,resume,autostart,net-start,net-autostart,pool-start,
    pool-refresh,migrate,setmem,setvcpus,attach-disk,attach-device,attach-interface,detach-disk,
    detach-device,detach-interface,snapshot-create,snapshot-create-as,define,net-define,
    pool-define,domrename
    | | mutate |
virsh qemu-monitor-command,qemu-agent-command,console | | unbounded |
virsh * | | destructive |
virsh * | -c --connect | elsewhere |
etcdctl member add,promote | | mutate |
etcdctl move-leader,defrag | | mutate |
etcdctl compaction | | destructive |
etcdctl auth,user,role,put | | destructive |
etcdctl snapshot save | | mutate |
etcdctl user add,passwd | | secrets |
etcdctl * | --user --password | secrets |
etcdctl,etcdutl * | | destructive |
nodetool
    flush,drain,repair,disablegossip,enablegossip,disablebinary,enablebinary,
    setcompactionthroughput,setstreamthroughput,snapshot,refresh,stop,pausehandoff,resumehandoff,
    disableautocompaction,enableautocompaction,rebuild,invalidatekeycache,invalidaterowcache,
    compact,setlogginglevel
    | | mutate |
nodetool * | | destructive |
nodetool * | -pw --password | secrets |
"""
