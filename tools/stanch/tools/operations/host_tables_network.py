"""Tables of the network: sockets, routes, names and certificates."""

from typing import Final

READS: Final = """
ss | -{nraelmopsiHOQtudwx046ZzTS} -f=name --family=name -A=columns --query=columns --numeric
    --resolve --all --listening --options --extended --memory --processes --info --summary --tcp
    --udp --raw --unix --packet --sctp --no-header --oneline --ipv4 --ipv6 | expression* |
netstat | -{aeglnoprstuvwxW46NFCi} --all --listening --numeric --programs --route --interfaces
    --statistics --tcp --udp --extend --wide --numeric-hosts --numeric-ports --groups | |
ip ^ | -4 -6 -s -d -br -o -j -p -c -h -r -f=name -family=name -brief -details -statistics -stats
    -oneline -json -pretty -human -color -M -N -t -ts -timestamp -n=id -netns=id -all
ip
    addr,address,a,link,l,route,r,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,tunnel,netns,
    tcp_metrics,token,vrf,nexthop,mroute
    | | |
ip
    addr,address,a,addrlabel,link,l,route,r,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,
    tunnel,vrf,nexthop,mroute,tcp_metrics,netns,netconf,token
    show,list,ls,lst | | network* |
ip addr,address,a s,sh,sho | | network* |
ip link,l,neigh,n sh,sho | | network* |
ip neigh,n,route,r,rule,ru s | | network* |
ip route,r,rule,ru sh,sho | | network* |
ip route,r get | | network network* |
ip xfrm state,policy count | | |
ip netns list,identify,pids | | id? |
ifconfig | -{as} | device? |
route | -{neC46} | |
arp | -{anve} -i=id | address? |
ethtool | -S -i -k -a -g -c -l -T -m -P -x -n -d -u --statistics --driver --show-features
    --show-ring --show-pause --show-coalesce --show-channels --show-offload --show-fec | device |
mii-tool | -v | device? |
iwconfig | | device? |
brctl show,showmacs,showstp | | device? |
bridge link,fdb,vlan,mdb | -s -d | |
bridge link,fdb,vlan,mdb show | -s -d | name* |
tc | -s -d -p -g | |
tc qdisc,class,filter | -s -d | |
tc qdisc,class,filter show,ls,list | -s -d | device* |
tc ^ | -{sdpgj} -statistics -details
nmcli @ | -{tp} -g=columns -e=name -c=name -f=columns --fields=columns --terse --pretty
    --get-values=columns
nmcli | | |
nmcli device,dev,d,connection,con,c,general,g,networking,radio | | |
nmcli device,dev,d,connection,con,c,general,g show,status | --active | name* |
iptables,ip6tables,iptables-legacy,ip6tables-legacy,iptables-nft | -{LSnvx} --list --list-rules
    --numeric --verbose --exact --line-numbers -t=id --table=id -w?few --wait?few | name? number?
    | -L -S --list --list-rules
iptables-save,ip6tables-save | -c --counters -t=id | |
nft ^ | -{anjsyt} --handle --numeric --json --stateless
nft list ruleset,tables,chains,sets,counters,flowtables,maps,table,chain,set,map | | name* |
ipset list,save | -n -t --name --terse | name? |
ipset | -L -l -n -t | name? | -L
conntrack | -{LGSC} --dump --count --stats -s=address -d=address -p=name --src=address
    --dst=address --sport=number --dport=number --orig-src=address --proto=name --state=name
    -o=columns --output=columns -f=name | name? | -L --dump -C --count -S --stats
ipvsadm | -{lLnc} -Ln --list --numeric --stats --rate --connection --timeout --daemon | | -l -L
    -Ln --list
firewall-cmd | --state --list-all --list-services --list-ports --list-all-zones --get-active-zones
    --get-default-zone --get-zones --list-rich-rules --get-services --zone=name | | --state
    --list-all --list-services --list-ports --list-all-zones --get-active-zones --get-default-zone
    --get-zones --list-rich-rules --get-services
ufw status | | type? |
ufw status verbose,numbered | | |
dig | -4 -6 -x=address -t=type -p=number -c=type -q=dns -b=address -u -r +short +noall +answer
    +trace +nocmd +stats +nostats +tcp +vc +notcp +dnssec +multiline +norecurse +recurse
    +nocomments +noquestion +noauthority +noadditional +authority +additional +question +comments
    +search +nosearch +ttlid +nottlid +cmd +identify +nssearch +qr +cd +aaflag +adflag +noedns
    +nsid +all +noidnout +ignore +keepopen +crypto +nocrypto +time=few +tries=few +retry=few
    +timeout=few +bufsize=count +subnet=network | question* |
host | -{aCdlrsTUv46} -t=type -c=type -W=few -R=few -N=few | dns address? |
host | -{aCdlrsTUv46} -t=type -c=type -W=few -R=few -N=few | address dns? |
nslookup | -debug -type=type -query=type -q=type -port=number -timeout=few -retry=few -class=type
    -norecurse -vc | address address? |
drill,kdig | -4 -6 -x -D -T -t -u | question+ |
networkctl | --no-pager -a --all | |
networkctl list,status,lldp | --no-pager -a --all -s --stats | name* |
resolvectl,systemd-resolve | --no-pager --status --statistics | |
resolvectl status,query,statistics | --no-pager -4 -6 -t=type --type=type | address* |
resolvectl dns,domain,llmnr,mdns,dnssec | --no-pager | id? |
whois | -h=dns | dns |
ping,ping6 | -{46aDLnORrUv} -c=few -i=interval -w=few -W=few -s=count -t=count -I=address -M=name
    -q | address | until -c -w
tracepath,tracepath6 | -{46bn} -l=count -m=few -p=number | address |
traceroute,traceroute6 | -{46nIUTdFe} -m=few -q=few -w=seconds -p=number -f=few -i=id -s=address |
    address count? |
mtr | -{rwnb46TuzejCx} --report --report-wide --no-dns --show-ips --aslookup --tcp --udp
    -c=few --report-cycles=few -i=interval -P=number --port=number -m=few -f=few -s=count --json |
    address | until -c --report-cycles -r --report -w --report-wide
arping | -c=few -I=id -w=few -D -q | address | until -c
nc,ncat,netcat | -z -v -w=few -u -4 -6 -n -t | address number | -z
nc,ncat,netcat | -z -v -w=few -u -4 -6 -n -t | address ports | -z
telnet,nmap | --version -V | | --version -V
tcpdump | -{nNqvetSlUDpK} -nn -i=id --interface=id -c=count -s=count --count -D | filter* |
    until -c -D
nethogs,iftop | -t -c=few -s=few -i=id | | until -c -s
nstat | -{azsj} --zeros --noupdate --ignore --json | columns* | -s --noupdate
lldpcli,lldpctl show neighbors,interfaces,statistics,chassis | | type? |
showmount | -{aed} --exports --all | address? |
exportfs | -v -s | | -v -s
nfsstat | -{cnsmrv4o} | |
rpcinfo | -p -s | address? |
openssl version | -a | |
openssl s_client | -connect=endpoint -servername=dns -showcerts -tls1_2 -tls1_3 -tls1_1 -tls1
    -no_tls1_3 -CAfile=hash -CApath=list -verify_return_error -verify=few -status -brief -prexit
    -alpn=columns -starttls=name -verify_hostname=dns -ign_eof -no_ign_eof -4 -6 -host=dns
    -port=number -cipher=endpoints -msg -state -quiet -crlf -no_ssl3 -timeout | endpoint? |
    -connect -host
openssl x509 | -noout -text -dates -enddate -startdate -subject -issuer -fingerprint -serial
    -ext=columns -checkend=number -checkhost=dns -checkip=address -purpose -in=hash -inform=name
    -sha256 -sha1 -pubkey -modulus -hash -email -subject_hash -issuer_hash -nameopt=columns
    -certopt=columns -alias -ocsp_uri | |
openssl crl2pkcs7 | -nocrl -certfile=hash -in=hash -inform=name | |
openssl pkcs7 | -print_certs -text -noout -in=hash -inform=name -print | |
openssl crl | -noout -text -in=hash -inform=name -nextupdate -lastupdate -issuer -hash
    -fingerprint | | -in
openssl req | -noout -text -in=hash -inform=name -subject -verify -pubkey -modulus | | -noout
openssl verify | -CAfile=hash -CApath=list -untrusted=hash -verbose -purpose=name -partial_chain
    -show_chain -crl_check -verify_hostname=dns | hash* |
openssl ciphers | -v -V -s -tls1_3 | endpoints? |
openssl ocsp | -issuer=hash -cert=hash -url=endpoints -text -CAfile=hash -resp_text -noverify
    -no_nonce -header=columns | | -url
openssl dgst | -sha256 -sha1 -md5 -sha512 | hash+ |
openssl asn1parse | -in=read -inform=name -i | | -in
ovn-appctl,ovs-appctl,ovsdb-client @ | -t=text --target=text --timeout=few -T=few
ovn-appctl,ovs-appctl
    status,version,list-commands,coverage/show,memory/show,cluster/status,connection-status,
    fdb/show,bond/show,dpif/show,ofproto/list,upcall/show,sb-connection-status,
    lflow-cache/show-stats,inc-engine/show-stats,stopwatch/show,vlog/list,nb-connection-status,
    dpctl/show,dpctl/dump-flows,ovsdb-server/sync-status
    | | name* |
ovn-nbctl,ovn-sbctl,ovs-vsctl @ | --no-leader-only --timeout=few -t=few --oneline
    --columns=columns --format=name -f=name --bare --no-headings --data=name -d=name --if-exists
    --may-exist
ovn-nbctl,ovn-sbctl,ovs-vsctl
    show,list,find,get,list-br,list-ports,list-ifaces,ls-list,lr-list,lsp-list,lrp-list,
    lr-route-list,lr-nat-list,acl-list,lb-list,lflow-list,br-exists,get-manager,get-controller,
    dump-flows,lr-policy-list,lsp-get-addresses,ls-lb-list,lr-lb-list,get-connection,port-to-br,
    iface-to-br
    | | text* |
ovs-ofctl show,dump-flows,dump-ports,dump-tables,dump-groups,dump-ports-desc,dump-meters |
    -O=columns --names --no-stats | name name* |
ovs-dpctl show,dump-flows,dump-dps | -s -m --names | name? |
wg show | | name? |
calicoctl node status | | |
calicoctl get | -o=name --output=name -n=name -A --all-namespaces -a | name+ |
birdc,vtysh show | | name+ |
"""

CHANGES: Final = """
ss | -K --kill | mutate |
ip
    addr,address,a,addrlabel,link,l,route,r,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,
    tunnel,vrf,nexthop,mroute,token,netns
    add,set,replace,change,append,prepend,restore,attach,up,down,save | | mutate |
ip
    addr,address,a,addrlabel,link,l,route,r,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,
    tunnel,vrf,nexthop,mroute,token,netns
    del,delete,d | | mutate |
ip netns exec | | unbounded |
ip * | | destructive |
ifconfig | | mutate |
ifup,ifdown,dhclient,nmtui,netplan,iwlist | | mutate | -sf
route,arp | | mutate |
ethtool | -s -K -A -G -C -L -X -r -p -N -U --change --features --pause --set-ring --negotiate
    --identify --coalesce | mutate | -E -f --flash --change-eeprom
bridge,brctl * | | mutate |
tc * | | mutate |
tc,bridge * | -b -batch -force | destructive |
nmcli connection,con,c up,down,modify,mod,add,reload | | mutate |
nmcli device,dev,d connect,disconnect,reapply,set,up,down | | mutate |
nmcli networking,n,radio,r on,off,wifi | | mutate |
nmcli * | | destructive |
iptables,ip6tables,iptables-legacy,ip6tables-legacy,iptables-nft | -A -I -D -R -P -N --append
    --insert --delete --replace --policy --new-chain | mutate | -F --flush -X --delete-chain -Z
    --zero
iptables,ip6tables,iptables-legacy,ip6tables-legacy,iptables-nft | -F --flush -X --delete-chain -Z
    --zero -E --rename-chain | destructive |
iptables-restore,ip6tables-restore | | destructive |
nft add,insert,replace,create,rename | | mutate |
nft monitor | | endless |
nft * | | destructive |
nft | -f --file | destructive |
ipset add,del,create,test,rename,swap | | mutate |
ipset * | | destructive |
conntrack | -D --delete -I --create -U --update | mutate | -F --flush
conntrack | -F --flush | destructive |
ipvsadm | -C --clear -R --restore | destructive |
ipvsadm | -A -E -a -e -d -D --add-service --edit-service --add-server --edit-server
    --delete-server | mutate | -C --clear -R --restore
firewall-cmd | --add-port --remove-port --add-service --remove-service --reload --add-rich-rule
    --remove-rich-rule --set-default-zone --complete-reload --runtime-to-permanent --permanent |
    mutate |
ufw allow,deny,reject,limit,enable,disable,reload,delete,insert,route,logging,default | | mutate |
ufw * | | destructive |
nc,ncat,netcat,socat,telnet,nmap,nping,hping3 | | unbounded |
networkctl up,down,renew,forcerenew,reconfigure,reload | | mutate |
networkctl * | | destructive |
resolvectl * | | mutate |
openssl genrsa,req,rand,genpkey,x509,crl,crl2pkcs7,pkcs7,ca,pkcs12,pkcs8,rsa,ec,enc,dgst | -out
    | mutate | -engine -provider
exportfs | | mutate |
ovn-appctl,ovs-appctl * | | destructive |
ovn-nbctl,ovn-sbctl,ovs-vsctl
    add-br,add-port,set,ls-add,lr-add,lsp-add,acl-add,lb-add,lsp-set-addresses,lr-route-add,
    lr-nat-add | | mutate | --
ovn-nbctl,ovn-sbctl,ovs-vsctl * | | destructive |
ovs-ofctl * | | destructive |
ovs-dpctl * | | destructive |
ovsdb-tool,ovsdb-client * | | destructive |
wg show,showconf | | secrets |
wg,wg-quick | | mutate |
wg * | | mutate |
calicoctl create,patch,label | | mutate |
calicoctl * | | destructive |
"""
