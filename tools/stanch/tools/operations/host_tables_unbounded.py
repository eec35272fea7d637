"""Tables of programs that do whatever they are told next: shells, consoles, editors."""

from typing import Final

CHANGES: Final = """
bash,sh,zsh,dash,ksh,ash,csh,tcsh,fish,su,login,eval,source,exec,chroot,unshare,setsid,
    systemd-run,systemd-nspawn,machinectl,runuser,setpriv,script,screen,tmux,toolbox
    | | unbounded |
python,python2,python3,perl,ruby,node,php,lua,irb,pry,rails,rake,tclsh,expect,java,jshell,
    Rscript,dotnet,deno,bundle,go,make,npm,yarn,pip,pip3,gem,cargo,gitlab-rails,gitlab-rake,
    gitlab-psql-console,manage.py,django-admin,artisan,jruby,groovy,scala
    | | unbounded |
visudo,vipw,vigr,sudoedit,vi,vim,nvim,nano,emacs,ed,ex,view,rvim,pico,mcedit,mc | | unbounded |
gdb,lldb,dlv,crash,jdb,jconsole,jhat,rbspy,py-spy,systemtap,stap,bpftrace,bcc,sysdig | | unbounded
    |
entr,flock | | unbounded |
ssh,mosh,rlogin,rsh,telnet,autossh,ssh-add,ssh-agent,ssh-copy-id,ssh-keygen,pssh,clush,pdsh | |
    unbounded |
nsenter | | interactive |
ip xfrm | | secrets |
env,printenv,set,declare | | secrets |
systemctl show-environment | | secrets |
gitlab-ctl show-config | | secrets |
gitlab-runner list | | secrets |
virsh secret-get-value | | secrets |
systemctl edit | | interactive |
gitlab-ctl tail | | endless |
docker,podman,nerdctl,crictl stats | | endless |
docker,podman,nerdctl events | | endless |
tail | -f -F --follow | endless |
journalctl | -f --follow | endless |
dmesg | -w -W --follow | endless |
ip monitor | | endless |
conntrack | -E --event | endless |
ping,ping6,vmstat,iostat,mpstat,pidstat,sar,mtr,tcpdump | | endless |
ping,ping6 | -f | load |
top,htop,atop,glances,iotop,iftop,nethogs,btop,nmon,slabtop | | interactive |
ps | -E | secrets |
bash,sh,zsh,dash,ksh | -n | interactive |
watch,less,more,most,pg,man,info,xargs,parallel | | interactive |
systemctl show,help | | secrets |
etcdctl get,watch | | secrets |
jcmd VM.system_properties,VM.command_line,VM.info,PerfCounter.print,VM.dynlibs | | secrets |
docker,podman,nerdctl,crictl logs | -f --follow | endless |
docker,podman,nerdctl container,compose,service logs | -f --follow | endless |
docker-compose logs | -f --follow | endless |
docker-compose config,events | | secrets |
docker,podman,nerdctl compose config,events | | secrets |
zpool,zfs iostat | | endless |
service,rc-service status | | endless |
"""
