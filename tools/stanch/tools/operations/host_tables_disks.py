"""Tables of disks, volumes, file systems and the devices of a machine."""

from typing import Final

READS: Final = """
lsblk | -{abdDfilmnOpPrsStzJ} -o=columns --output=columns --fs --all --json --list --bytes
    --nodeps --paths --noheadings --topology | device* |
blkid | -{i} -o=name -s=name -L=id -U=id | device* |
lscpu | -{abcepBJxy} --extended --json --all | |
lspci | -{nkvmtbD} -s=id -d=id | |
lsusb | -{vt} -s=id -d=id | |
lshw | -short -json -sanitize -businfo -numeric -quiet -class=name -C=name -c=name | |
lsscsi | -{sdgltwvikLc} --size | |
lsipc,lsns,lsmem,lslocks,lslogins,ipcs | -{aqmsutcplJrnQMS} --json --all -o=columns -p=number
    -i=id --noheadings --output-all | |
dmidecode | -{q} -t=name -s=name --type=name --string=name | |
hwclock | -r --show --get --verbose -v | | -r --show --get
mount | -l -v -t=columns --show-labels | |
findmnt | -{abcDdefiJlmnruvPR} -o=columns --output=columns -t=columns --types=columns -T=list
    --target=list -S=device --source=device --df --json --raw | list* |
swapon | -{sv} --summary --show?columns --noheadings --raw --bytes | | -s --summary --show
modinfo | -{adlpn0} -F=name | name+ |
mdadm | -{DQEsv} --detail --query --examine --scan --verbose | device* | -D -Q -E --detail --query
    --examine
lvs,vgs,pvs,lvdisplay,vgdisplay,pvdisplay | -{aPvmCc} -o=columns --options=columns --units=name
    --noheadings --nosuffix --all --segments --reportformat=name --maps --columns -O=columns |
    device* |
pvscan,lvscan,vgscan | -{v} | |
dmsetup ls,info,status,deps | -{cC} --tree | device* |
multipath | -l -ll -v=few | device? | -l -ll
iscsiadm | -m=iscsi --mode=iscsi -P=few | | -m --mode
zpool status,list,get | -{vxLPTHpi} -o=columns | device* |
zpool iostat | -{vlH} | device* few few |
zfs list | -{rHp} -o=columns -t=columns -s=name -d=few | device* |
zfs get | -{rHp} -o=columns -t=columns -s=name | columns device* |
btrfs filesystem show,df,usage | -{hTbkmg} --human-readable | list* |
btrfs scrub status | -{dR} | list |
btrfs subvolume list,show | -{aptucgo} | list |
btrfs device stats | | list |
xfs_info | | device+ |
xfs_info | | list+ |
udevadm info | -{ax} -q=name --query=name -n=device --name=device --attribute-walk --export |
    device* |
losetup | -{al} --all --list | device* | -a --all -l --list
wipefs | -n --no-act -J -i | device+ |
fdisk,sfdisk | -l --list | device* | -l --list
sgdisk | -p --print | device | -p --print
tune2fs | -l | device+ | -l
dumpe2fs | -h | device+ | -h
quota,repquota | -{avugs} | name* |
smartctl | -{iHAacxj} --all --info --health --attributes --scan --xall --capabilities -l=name
    --log=name -d=columns -n=columns --json | device* |
hdparm | -{IigC} | device+ |
nvme list,smart-log,error-log,id-ctrl,id-ns,list-subsys,version | -{HvoJ} --output-format=name |
    device* |
ipmitool sdr,sel,sensor,fru | | |
ipmitool sdr,sel,sensor,user list,elist,info | | name? |
ipmitool chassis,power,mc status,info | | |
ipmitool chassis power status | | |
sensors | -{jfuA} | name* |
nvidia-smi | -{qL} -i=id --query-gpu=columns --format=columns -d=columns
    --query-compute-apps=columns --list-gpus --query | |
fsck,e2fsck,fsck.ext4 | -{nfv} | device+ | -n
xfs_repair | -n -v | device | -n
"""

CHANGES: Final = """
hwclock | | mutate |
modprobe,depmod | | mutate | -r --remove -C --config -d --dirname -f --force
rmmod,kexec,insmod,kmod | | destructive |
badblocks | | load |
badblocks | -w -n -o | destructive |
swapoff,swapon | | mutate |
mkswap | | destructive |
mount,remount | | mutate |
umount | | mutate | -l -f --lazy --force
losetup,automount,partprobe,partx,kpartx | | mutate | -d -D -a --detach
mkfs,mkfs.ext4,mkfs.ext3,mkfs.xfs,mkfs.btrfs,mke2fs,fsck,fsck.ext4,e2fsck,fsck.xfs,xfs_repair,
    resize2fs,xfs_growfs,tune2fs,debugfs,parted,fdisk,sfdisk,gdisk,sgdisk,cfdisk,
    growpart,hdparm,cryptsetup,fstrim,e4defrag,xfs_fsr,mdadm,sg_format,dmsetup
    | | destructive |
udevadm * | | mutate | -c --cleanup-db
dmsetup * | | destructive |
lvextend,vgextend,lvcreate,vgcreate,pvcreate,lvresize,lvreduce,lvremove,vgremove,pvremove,
    pvresize,pvmove,vgreduce,lvconvert,lvrename,vgrename,lvchange,vgchange,pvchange,lvm
    | | destructive |
multipath | -r -a -w | mutate | -f -F
iscsiadm | --login --rescan -l -R | mutate | --logout -u -o --op
zpool online,offline,scrub,import,export,clear,set | | mutate | -f -s -F
zpool * | | destructive |
zfs snapshot,set,create,mount,hold,release,clone,send,inherit,allow | | mutate |
zfs * | | destructive |
btrfs * | | destructive |
smartctl | -t --test -s -X -o -S --abort --smart --offlineauto --saveauto | mutate |
nvme * | | destructive |
ipmitool chassis,power,mc power,identify,on,reset,cold,cycle,off,soft | | destructive |
ipmitool * | | destructive |
ipmitool * | -P -E -f -k -y | secrets |
nvidia-smi | -r --gpu-reset | destructive |
nvidia-smi | -pm -pl -c -e -ac -rac -mig | mutate |
"""
