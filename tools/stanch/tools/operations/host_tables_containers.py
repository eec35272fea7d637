"""Tables of the container engines of a host."""

from typing import Final

READS: Final = """
docker,podman,nerdctl ^ | --log-level=name -f=path -p=name --project-name=name
docker,podman,nerdctl ps | -{aqsnl} --all --quiet --size --no-trunc --latest --last=count
    --filter=selector -f=selector --format=text --sort=name --ns --pod -p | |
docker,podman,nerdctl container ls,list,ps | -{aqsnl} --all --quiet --size --no-trunc
    --filter=selector -f=selector --format=text | |
docker,podman,nerdctl pod ps,list,ls,inspect,top | -{q} --no-trunc --filter=selector --format=text
    --no-stream | name* |
docker,podman,nerdctl logs | -t --timestamps --tail=lines -n=lines --since=when --until=when
    --details --names --color -l --latest | name+ |
docker,podman,nerdctl container logs | -t --timestamps --tail=lines -n=lines --since=when
    --until=when --details | name+ |
docker,podman,nerdctl inspect | -s --size --type=name -f=template --format=template -l | name+ |
docker,podman,nerdctl container,image,volume,network,node,service,pod,plugin,context inspect | -s
    --size --pretty -f=template --format=template --platform=name | name+ |
docker,podman,nerdctl manifest inspect | -v --verbose | name+ |
docker,podman,nerdctl stats | -a --all --no-trunc --format=text --no-stream | name* | until
    --no-stream
docker,podman,nerdctl container stats | -a --all --no-trunc --format=text --no-stream | name* |
    until --no-stream
docker,podman,nerdctl top | | name bsd? |
docker,podman,nerdctl container top | | name bsd? |
docker,podman,nerdctl port,diff | | name name? |
docker,podman,nerdctl container port,diff | | name name? |
docker,podman,nerdctl healthcheck | | |
docker,podman,nerdctl images | -{aq} --all --quiet --no-trunc --digests --filter=selector
    -f=selector --format=text --sort=name | name? |
docker,podman,nerdctl image ls,list,history | -{aqH} --all --quiet --no-trunc --digests
    --filter=selector -f=selector --format=text | name? |
docker,podman,nerdctl history | -{qH} --no-trunc --format=text | name |
docker,podman,nerdctl version,info | -f=text --format=text | |
docker,podman,nerdctl | --version -v | | --version -v
docker,podman,nerdctl system df,info | -v --verbose --format=text | |
docker,podman,nerdctl volume,network,node,service,stack,context,plugin,config,secret ls,list,ps |
    -{q} --quiet --no-trunc --filter=selector -f=selector --format=text | name* |
docker,podman,nerdctl service,node,stack ps,services | -{q} --quiet --no-trunc --no-resolve
    --filter=selector -f=selector --format=text | name* |
docker,podman,nerdctl service logs | -t --timestamps --tail=lines -n=lines --since=when --details
    --no-trunc --raw --no-resolve --no-task-ids | name |
docker,podman,nerdctl search | --limit=few --no-trunc --filter=selector | name |
docker,podman,nerdctl events | --since=when --until=when --filter=selector -f=selector
    --format=text --stream=name | | until --until
docker,podman,nerdctl compose ps,ls,images,top,version,port | -{aq} --all --quiet --services
    --format=text --filter=selector | name* |
docker,podman,nerdctl compose logs | -t --timestamps --tail=lines -n=lines --since=when
    --until=when --no-color --no-log-prefix | name* |
docker-compose ^ | -f=path --file=path -p=name --project-name=name
docker-compose ps,ls,images,top,version,port | -{aq} --all --quiet --services --format=text
    --filter=selector | name* |
docker-compose logs | -t --timestamps --tail=lines -n=lines --since=when --until=when --no-color
    --no-log-prefix | name* |
crictl ^ | -r=socket --runtime-endpoint=socket -i=socket --image-endpoint=socket
    -t=name --timeout=name
crictl ps | -{aqlv} --all --quiet --latest --no-trunc --name=text --state=name -s=name
    --label=text --pod=id -p=id --image=name --last=count -n=count -o=name --output=name
    --namespace=name -r | |
crictl pods,podsandbox | -{qlv} --quiet --latest --no-trunc --name=text --namespace=name
    --state=name -s=name --label=text --id=id -o=name --output=name --last=count | |
crictl images,img,image | -{qv} --quiet --no-trunc --digests -o=name --output=name | name? |
crictl logs | -{tp} --timestamps --previous --tail=lines --since=when --limit-bytes=count | id |
crictl inspect,inspectp,inspecti | -q --quiet -o=name --output=name --template=template | name+ |
crictl stats,statsp | -a --all -o=name --output=name --id=id | id? |
crictl info,version,imagefsinfo,config,runtime-config | -q -o=name --output=name | |
ctr ^ | -n=name --namespace=name -a=socket --address=socket
ctr
    containers,container,c,images,image,i,tasks,task,t,namespaces,namespace,ns,snapshots,
    snapshot,plugins,leases,content
    ls,list,info | -q --quiet | name? |
ctr version | | |
buildah images,containers,info,version | -{aq} --all | |
skopeo inspect,list-tags | --raw --config --no-creds | name |
minikube,kind status,version | | |
kind get clusters,nodes | | |
"""

CHANGES: Final = """
docker,podman,nerdctl
    start,stop,restart,pause,unpause,pull,push,tag,rename,update,build,login,logout,wait,load,
    save,export,import,commit,init
    | | mutate | -o --output
docker,podman,nerdctl login | -p --password | secrets |
docker,podman,nerdctl kill | | destructive |
docker,podman,nerdctl create,run | | mutate | --privileged --pid -f --force --volumes-from -v
    --volume --mount -i -t --interactive --tty --device --cap-add --ipc --userns --net --network
    --security-opt --uts --cgroupns --device-cgroup-rule --runtime --env-file --gpus
docker,podman,nerdctl * | -H --host -c --context --config --url --remote --connection --identity |
    elsewhere |
docker,podman,nerdctl secret,config inspect | | secrets |
docker,podman,nerdctl swarm join-token,unlock-key | | secrets |
docker,podman,nerdctl context export | | secrets |
docker,podman,nerdctl container start,stop,restart,pause,unpause,create,run,rename,update,wait | |
    mutate | --privileged --pid -v --volume --mount -i -t --volumes-from --device --cap-add
docker,podman,nerdctl service create,update,scale,rollback | | mutate | --mount --mount-add
    --cap-add
docker,podman,nerdctl node update,promote,demote | | mutate |
docker,podman,nerdctl network create,connect,disconnect | | mutate | -f --force
docker,podman,nerdctl volume create | | mutate |
docker,podman,nerdctl image pull,push,tag,build,load,save,import | | mutate | -o --output
docker,podman,nerdctl stack deploy | | mutate | --prune
docker,podman,nerdctl compose up,start,stop,restart,pause,unpause,pull,build,create,scale,push | |
    mutate | -V --renew-anon-volumes --remove-orphans --force-recreate
docker,podman,nerdctl cp | | destructive |
docker,podman,nerdctl exec | | unbounded |
docker,podman,nerdctl container,compose exec,attach,run | | unbounded |
docker,podman,nerdctl attach | | unbounded |
docker,podman,nerdctl * | | destructive |
docker-compose up,start,stop,restart,pause,unpause,pull,build,create,scale,push | | mutate | -V
    --renew-anon-volumes --remove-orphans --force-recreate
docker-compose exec,run | | unbounded |
docker-compose * | | destructive |
crictl pull,start,runp,create,update | | mutate |
crictl stop,stopp | | mutate |
crictl exec,attach,run | | unbounded |
crictl * | | destructive |
ctr images,image,i pull,tag,import,export,mount | | mutate |
ctr tasks,task,t exec,attach | | unbounded |
ctr * | | destructive |
buildah,skopeo,kind,minikube * | | destructive |
"""
