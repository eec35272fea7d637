"""Tables of packages and of the repositories of sources."""

from typing import Final

READS: Final = """
rpm | -{qailcdRvp} --query --all --info --list --last --changelog --requires --whatprovides
    --whatrequires --scripts --queryformat=rpm --qf=rpm -f=list | package* | -q --query
rpm | -{Vav} --verify --all -f=list | package* | -V --verify
dpkg | -{lLsSpCV} --list --listfiles --status --search --get-selections --audit
    --print-architecture --verify | text* | -l -L -s -S -p -C -V --list --listfiles --status
    --search --get-selections --audit --print-architecture --verify
dpkg-query | -{lLsSpW} --list --show --status --listfiles -f=text --showformat=text | name* | -l
    -L -s -S -W --list --show --status
apt,apt-cache list,show,policy,search,depends,rdepends,showpkg,madison | -{aqn} --installed
    --upgradable --all-versions | name* |
apt-mark showhold,showauto,showmanual | | name* |
yum,dnf list,info,repolist,search,provides,repoinfo,updateinfo,check-update | -{qC} --installed
    --available --enabled --all --security --showduplicates --updates | name* |
yum,dnf history | | |
yum,dnf history list,info | | id* |
rpm-ostree status | -{vb} --booted --json --verbose | |
snap list,info,services,changes,version | --all | name* |
needs-restarting | -{rs} | |
alternatives,update-alternatives | --display=name --list=name --query=name | | --display --list
    --query
git ^ | -C=path --no-pager -P
git log,shortlog | -NUM -{pz} --oneline --graph --all --decorate?name --stat --patch --no-merges
    --merges --name-only --name-status --reverse --follow --first-parent --branches --tags
    --remotes --abbrev-commit --shortstat --no-decorate --date=name --pretty?text --format=text
    --author=text --grep=text --since=when --until=when --after=when --before=when -n=count
    --max-count=count -S=text -G=text -s -i -e -sne | revision* |
git show,diff | -{pwbz} --stat --name-only --name-status --oneline --no-patch --patch --cached
    --staged --shortstat --no-ext-diff --no-textconv --unified=few -U=few --pretty?text
    --format=text --check --numstat --summary --color?name --word-diff?name | revision* |
git status | -{sbuvz} --short --branch --porcelain?name --untracked-files?name --ignored --long |
    path* |
git branch | -{avr} -vv --list --all --remotes --show-current --merged --no-merged | |
git branch | --contains=revision --merged=revision --points-at=revision | |
git tag | --sort=columns | |
git tag | -l --list --sort=columns --points-at=revision -n=few | | -l --list --points-at
git remote | -v --verbose | |
git remote get-url,show | -n | name |
git rev-parse | --short?few --abbrev-ref --verify --show-toplevel --is-inside-work-tree --git-dir
    | revision* |
git describe | --tags --always --dirty --long --abbrev=few --all | revision* |
git ls-remote | -{tq} --tags --heads --refs --symref --quiet | branch* |
git ls-files,ls-tree | -{rtldsmoz} --name-only --others --exclude-standard --tags
    --heads --refs --long --deleted --modified | revision* |
git
    cat-file,rev-list,merge-base,name-rev,count-objects,show-ref,for-each-ref,cherry,whatchanged,
    blame,grep,fsck,var
    | -{tspevHnilcw} --count --all --oneline --tags --heads --is-ancestor --max-count=count
    --no-dangling --connectivity-only --full --verbose --sort=columns --format=text --left-right
    -L=columns -e=text --no-merges | revision* |
git reflog | --date=name --all -n=count | |
git reflog show | -NUM -n=count --date=name --all --oneline | revision* |
git stash list,show | -p --stat | revision? |
git worktree,submodule list,status | --porcelain --recursive | |
git config get | | name |
git config | --list -l --get=name --global --local --system --show-origin --get-all=name | | --get
    --get-all --list -l
git | --version | | --version
"""

CHANGES: Final = """
apt,apt-get,yum,dnf,zypper,microdnf ^ | -y -q -qq --yes --assume-yes --assumeyes --quiet
    --no-pager
rpm,dpkg,dpkg-reconfigure | | mutate | -E -D --eval --define --pipe --hook
    --pre-invoke --post-invoke --rebuilddb --initdb --restore -e --erase -r --remove -P --purge
    --force --nodeps
apt,apt-get,yum,dnf,zypper,apk,aptitude,microdnf
    install,update,upgrade,reinstall,downgrade,add,makecache,refresh,dist-upgrade,full-upgrade,
    mark,config-manager,module,swap,localinstall,groupinstall,enable,disable
    | | mutate | -o -c --option --config --setopt --force-yes --allow-downgrades --purge
    --autoremove
apt,apt-get,yum,dnf,zypper,apk,aptitude,microdnf,apt-cache,apt-mark * | | destructive |
apt-mark hold,unhold,auto,manual | | mutate |
snap install,refresh,start,stop,restart,enable,disable,set,connect,disconnect,revert | | mutate |
    --dangerous
snap * | | destructive |
rpm-ostree
    rebase,upgrade,update,install,uninstall,rollback,override,kargs,initramfs,deploy,reload,
    refresh-md,apply-live,cancel
    | | mutate |
rpm-ostree * | | destructive |
ostree * | | destructive |
pip,pip3,npm,gem,bundle,yarn,cargo install,update,ci,add,upgrade | | mutate |
update-grub,grub2-mkconfig,grub-mkconfig,update-initramfs,dracut,mkinitcpio,ldconfig,
    update-ca-certificates,update-ca-trust,locale-gen,grubby,grub2-set-default,grub-set-default
    | | mutate |
grub-install,grub2-install,efibootmgr | | destructive |
alternatives,update-alternatives | --install --set --auto --config --set-all | mutate | --remove
    --remove-all
git
    add,commit,switch,pull,fetch,clone,merge,cherry-pick,revert,tag,branch,stash,update-ref,
    rebase,init,config,apply,am,bisect,worktree,submodule,remote,mv,notes,sparse-checkout
    | | mutate | -f --force --force-with-lease -D -d --delete --hard --mirror -c --exec
    --upload-pack --receive-pack -u --prune --discard-changes -x -C -B -M --stdin --config
git checkout,restore,push,reset,clean,gc,prune,filter-branch,rm,repack,reflog | | destructive |
git submodule,bisect foreach,run | | unbounded |
git stash drop,clear | | destructive |
git worktree,remote,submodule,notes remove,rm,prune,deinit | | destructive |
git bundle,archive,format-patch | | destructive |
git * | | destructive |
git-crypt,git-lfs * | | destructive |
createrepo,debmirror,reprepro | | destructive |
semodule | | mutate |
"""
