"""Tables of processes, resources, users and the clock."""

from typing import Final

READS: Final = """
ps | -{aAcdefFHjlLMNsTwxyZ} -o=columns -O=columns -p=id -q=id -u=id -U=id -C=id -g=id -G=id -t=id
    --pid=id --ppid=id --user=id --User=id --group=id --sort=columns -k=columns --format=columns
    --no-headers --no-heading --headers --forest --cols=count --columns=count --width=count
    --deselect --tty=id --sid=id --quick-pid=id --cumulative --version | bsd? number* |
ps | -{aAcdefFHjlLMNsTwxyZ} -o=columns -O=columns -p=id -q=id -u=id -U=id -C=id -g=id -G=id -t=id
    --pid=id --ppid=id --user=id --User=id --group=id --sort=columns -k=columns --format=columns
    --no-headers --no-heading --headers --forest --cols=count --columns=count --width=count
    --deselect --tty=id --sid=id --quick-pid=id --cumulative --version | bsdo columns |
pgrep | -{acfilnovwxz} --list-name --list-full --full --count --newest --oldest --exact
    --ignore-case --inverse -u=id -U=id -P=id -g=id -s=id -t=id -d=text --uid=id --euid=id
    --parent=id --group=id --delimiter=text -r=id | pattern? |
pidof | -{csxzq} -o=id | name+ |
pstree | -{acghGklnNpsSTtuUZA} -H=id | id? |
pmap | -{xXpqd} --extended | number+ |
top | -{bcHiSs} -E=name -e=name -o=columns -p=id -u=id -U=id -w?count -d=seconds -n=few | |
    until -n
free | -{bkmghtwlvV} --bytes --kilo --mega --giga --kibi --mebi --gibi --human --total --wide
    --lohi --si | |
free | -{bkmghtwlv} --human --total --wide -s=seconds -c=few | | until -c
uptime | -{psV} --pretty --since | |
vmstat | -{afmnstwzdD} -S=name -p=name --wide --timestamp --active --slabs --stats --disk
    --disk-sum --unit=name | |
vmstat | -{afmnstwzdD} -S=name --wide --timestamp --active --unit=name | few few |
iostat | -{cdhkmNstxyz} --human --pretty -p?id -j=name -o=name | device* |
iostat | -{cdhkmNstxyz} --human --pretty -p?id -j=name -o=name | device* few few |
mpstat | -{AunVT} -P=id -I=id -o=name | |
mpstat | -{AunVT} -P=id -I=id -o=name | few few |
pidstat | -{dHhIlrRstTuUvw} -C=text -p=id -G=text | |
pidstat | -{dHhIlrRstTuUvw} -C=text -p=id -G=text | few few |
sar | -{AbBdFhHpqrRSuvVwWxyz} -n=columns -P=id -f=read -s=when -e=when -i=count -m=columns
    -I=columns --human | |
sar | -{AbBdFhHpqrRSuvVwWyz} -n=columns -P=id -i=count -m=columns -I=columns | few few |
numactl | -{Hs} --hardware --show | | -H -s --hardware --show
coredumpctl | --no-pager | |
coredumpctl list,info | -{1rq} --no-pager --reverse -n=count --since=when -S=when --until=when
    -U=when | selector* |
iotop | -{boPakqt} --batch --only -n=few -d=seconds -p=id -u=id --iter=few | | until -n --iter
bpftool prog,map,net,cgroup,link,btf,perf show,list | -{jp} | |
numastat | -{cmnsvz} -p=id | id? |
slabtop | -{o} --once -s=name --sort=name | | until -o --once
dmesg | -{deHkLPrtTuxS} -f=columns -l=columns --facility=columns --level=columns --ctime --human
    --decode --kernel --userspace --reltime --nopager --notime --color?name --raw --since=when
    --until=when --time-format=name | |
uname | -{amnprsvio} --all --kernel-release --kernel-name --kernel-version --machine --nodename
    --operating-system | |
hostname | -{adfiIsyA} --fqdn --ip-address --all-ip-addresses --short --domain --all-fqdns --long
    --alias | |
hostnamectl | --static --pretty --transient --no-pager | |
hostnamectl status | --no-pager | |
date | -{uRI} --utc --universal --rfc-email --iso-8601?name --rfc-3339=name -d=when --date=when
    -r=list --reference=list | date? |
cal,ncal | -{jmy139} | number* |
arch,nproc,whoami,tty,logname,users,runlevel,pwd,true,false,lsmod,history | --all | |
echo | -{neE} | text* |
printf | | text+ |
groups | | id* |
id | -{agGnruzZ} --user --group --groups --name --real | id* |
who | -{aAbdHlmpqrstTuw} --all --boot --heading --users | |
w | -{fhiops} --short --no-header | id? |
last,lastb | -{0adFhiIRwx} -NUM -n=count --limit=count -s=when --since=when -t=when --until=when
    -p=when --fullnames --dns --system --time-format=name | id* |
lastlog | -{a} -u=id -t=count -b=count | |
getent ahosts,ahostsv4,ahostsv6,hosts,networks,services,protocols,group,passwd,initgroups,netgroup
    | | dns* |
getconf | -{a} | name? name? |
locale | -{acmk} | name* |
ulimit | -{aHSctdfilmnpqrsuvx} | |
sysctl | -{abdeNnqr} --all --values --names --ignore --pattern=pattern | key* |
loginctl | --no-pager --no-legend | |
loginctl list-sessions,list-users,session-status,user-status | --no-pager --no-legend | id* |
timedatectl | --no-pager | |
timedatectl status,show,timesync-status,show-timesync,list-timezones | --no-pager --value --all -a
    | |
chronyc @ | -{nc46}
chronyc tracking,sources,sourcestats,activity,ntpdata,clients,serverstats,rtcdata,selectdata |
    -{vna} | |
ntpq | -{pn46} --peers --numeric | | -p --peers
ntpq | -c=ntp -{n46} | | -c
ntpstat | | |
prlimit | --raw --noheadings --output=columns -o=columns -p=number --pid=number | | -p --pid
taskset | -{apc} | number | -p
chrt,ionice | -p | number | -p
jcmd | -l | |
jcmd
    Thread.print,VM.version,VM.uptime,VM.flags,GC.heap_info,VM.native_memory,
    VM.classloader_stats,help
    | -l | id |
jps | -{lmqvV} | |
jstack | -l -e | id |
kill | -l | | -l
kill | -0 | number+ | -0
jstat | -gc -gcutil -gccause -gccapacity -gcnew -gcold -class -compiler -t | id |
jstat | -gc -gcutil -gccause -gccapacity -gcnew -gcold -class -compiler -t | id number few |
jmap | -histo -clstats -finalizerinfo | id |
jinfo | -flags | id | -flags
crontab | -l -u=id | | -l
atq | -q=name | |
at | -l | | -l
visudo | -{cqs} --check --strict -f=list --file=list | | -c --check
passwd | -S --status | id | -S --status
pip,pip3 list,freeze,show,check | -o --outdated --format=name | name* |
ntpdate | -{qdv46} | address+ | -q
auditctl | -l -s | | -l -s
ausearch,aureport | -{itlakenpu} -ts=name -ui=id -m=columns -i --start=name --summary --failed |
    name* |
faillock | --user=id | |
chage | -l=id --list=id | | -l --list
getenforce,sestatus,aa-status | -{bv} | |
php,python,python3,perl,ruby,node,java,bash,mongod,mysqld,redis-server,postgres,etcd,containerd,
    kubelet,runc,crio,rails,rake,dotnet
    | --version -version | | --version -version
go version | | |
python,python3,java | -V -version --version | | -V -version --version
sleep | | seconds |
test | -{efdrwxshL} | list |
which,whereis,type | -{avbmst} | name+ |
command | -v=name -V=name | | -v -V
"""

CHANGES: Final = """
kill,pkill,killall,skill | | mutate |
dmesg | -C --clear -c --read-clear | destructive |
dmesg | -n --console-level -D --console-off -E --console-on | mutate |
numactl | | unbounded |
coredumpctl dump | | secrets |
coredumpctl * | | unbounded |
bpftool * | | destructive |
hostname | | mutate |
hostnamectl | | mutate |
hostnamectl * | | mutate |
date | | mutate |
date | -f --file | contents |
timedatectl set-time,set-timezone,set-ntp,set-local-rtc | | mutate |
timedatectl * | | mutate |
chronyc makestep,burst,online,offline,waitsync,add,delete,settime,trimrtc,reload,reset | | mutate
    |
chronyc * | | mutate |
ntpdate,ntpd,chronyd | | mutate |
sysctl | | mutate |
ulimit | | mutate |
prlimit | | mutate |
taskset,chrt,ionice | | destructive |
renice | | mutate |
jcmd
    GC.run,GC.class_histogram,VM.set_flag,VM.log,JFR.start,JFR.stop,JFR.dump,GC.heap_dump,
    GC.run_finalization
    | | mutate | -overwrite -f
jcmd * | | destructive |
jmap | | mutate |
jinfo | -flag | mutate |
crontab | | destructive |
useradd,usermod | -p --password | secrets |
at,batch | | unbounded |
atrm | | destructive |
auditctl | | mutate | -D
faillock | --reset | destructive |
chage,gpasswd,usermod,groupmod,useradd,adduser,groupadd,addgroup,chsh,chfn | |
    mutate | -d -l -p --delete -r --password
passwd,chpasswd,userdel,deluser,groupdel,delgroup | | destructive |
loginctl * | | destructive |
setenforce,setsebool,semanage,restorecon,chcon,aa-complain,aa-enforce | | mutate | -D -d
reboot,shutdown,poweroff,halt,init,telinit | | destructive |
tcpdump,tshark,dumpcap | -w | mutate | -z -Z -X --lua
strace,ltrace | -p --attach | mutate |
perf record,stat,top,trace | -p -a | mutate |
gcore | | mutate |
fio,stress,stress-ng,sysbench,iperf,iperf3,ab,wrk,hey,bonnie++ | | destructive |
sync | | mutate |
ntpq | | interactive |
chronyc | | interactive |
logger,wall,write,mesg | | mutate |
stty,setterm,loadkeys,tput | | mutate |
"""
