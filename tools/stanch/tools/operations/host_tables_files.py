"""Tables of files."""

from typing import Final

READS: Final = """
ls,ll | -{aAbcCdDfFgGhHiIklLmnNoQqrRsStTuUvxX1Z} --all --almost-all --human-readable --full-time
    --color?name --sort=name --time=name --time-style=text --group-directories-first --recursive
    --reverse --size --inode --directory --si | list* |
tree | -{adfpughsDFrtinN} -L=few -P=pattern -I=pattern --du --dirsfirst | list* |
stat | -{fLt} -c=text --format=text --printf=text --dereference --file-system --terse | list+ |
du | -{abcDhHkLlmPsSx0} -d=few --max-depth=few --apparent-size --human-readable --summarize --si
    --total --one-file-system --exclude=pattern -t=size --threshold=size --time -B=size --inodes
    --all | list* |
df | -{aPThHiklm} -t=name -x=name --human-readable --inodes --local --portability --print-type
    --total --type=name --exclude-type=name --si -B=size --output?columns --all | list* |
namei | -{lmovx} | list+ |
readlink | -{efmnqsvz} --canonicalize | list+ |
realpath | -{emLPqsz} | list+ |
basename,dirname | -{az} -s=text | text+ |
file | -{bhikLNprsz} --mime-type --brief --mime | hash+ |
getfacl | -{acdeEnpPRst} | list+ |
getfattr,lsattr | -{adRvlh} -n=name | list+ |
cat,tac,nl | -{AbeEnstTuv} --number --show-all --squeeze-blank | read+ |
head,tail | -{qv} -NUM -n=lines -c=size --lines=lines --bytes=size --quiet --verbose | read+ |
zcat,bzcat,xzcat,gzcat,zstdcat | -{fqv} | read+ |
wc | -{clLmw} --lines --bytes --words --chars | hash+ |
md5sum,sha1sum,sha224sum,sha256sum,sha384sum,sha512sum,b2sum,cksum,sum | -{btcwz} --check --tag
    --ignore-missing --status --quiet | hash+ |
shasum | -{btc} -a=id | hash+ |
grep,egrep,fgrep,zgrep,zegrep,zfgrep,bzgrep,xzgrep | -{acEFGhHiIlLnoPqrRsvwxyz0T} -NUM -A=count
    -B=count -C=count -m=count --include=pattern --exclude=pattern --exclude-dir=pattern
    --color?name --colour?name --count --ignore-case --invert-match --only-matching
    --extended-regexp --fixed-strings --perl-regexp --line-number --no-filename --with-filename
    --recursive --word-regexp --line-regexp --text --quiet --no-messages --files-with-matches
    --files-without-match --after-context=count --before-context=count --context=count
    --max-count=count --binary-files=name --line-buffered | pattern read+ |
grep,egrep,fgrep,zgrep,zegrep,zfgrep,bzgrep,xzgrep | -{acEFGhHiIlLnoPqrRsvwxyz0T} -NUM -A=count
    -B=count -C=count -m=count -e=text --regexp=text --include=pattern --exclude=pattern
    --exclude-dir=pattern --color?name --count --ignore-case --invert-match --only-matching
    --extended-regexp --fixed-strings --line-number --no-filename --with-filename --recursive
    --word-regexp --text --after-context=count --before-context=count --context=count
    --max-count=count | read+ | -e --regexp
cut,sort,uniq,column,strings,od,hexdump,xxd,rev,fold,fmt,expand | --help --version | | --help
    --version
cut | -d=text -f=columns -c=columns -b=columns -s --complement --output-delimiter=text
    --fields=columns --delimiter=text | read+ | -f -c -b --fields
sort | -{bdfgiMhnRrVsuz} -k=columns -t=text --key=columns --field-separator=text --reverse
    --numeric-sort --human-numeric-sort --unique --version-sort | read+ |
uniq | -{cdDiuz} -f=few -s=few -w=few | read |
sed | -{nErsuz} --quiet --silent --regexp-extended -e=sed --expression=sed | read+ | -e
    --expression
sed | -{nErsuz} --quiet --silent --regexp-extended | sed read+ |
awk,gawk,mawk | -F=text | awk read+ |
diff,cmp,comm | -{abBcdeEiNpqrstuwy123Z} --brief --recursive --unified?few -U=few -C=few
    --side-by-side --ignore-all-space --color?name | read read |
strings | -{a} -n=count | read+ |
find | -H -L -P -O=few -maxdepth=few -mindepth=few -name=pattern -iname=pattern -path=pattern
    -ipath=pattern -wholename=pattern -regex=pattern -iregex=pattern -regextype=name -type=columns
    -size=size -mtime=size -mmin=size -atime=size -amin=size -ctime=size -cmin=size -newer=list
    -newermt=when -newerct=when -perm=mode -user=id -group=id -uid=size -gid=size -nouser -nogroup
    -empty -inum=size -links=size -xdev -mount -depth -daystart -follow -noleaf -prune -print
    -print0 -printf=text -ls -quit -not -a -o -and -or -readable -writable -executable
    -xtype=columns -samefile=list -fstype=name -used=size -true -false -ignore_readdir_race
    -noignore_readdir_race -lname=pattern -ilname=pattern -warn -nowarn ! ( ) | list* |
locate | -{cibeq} -l=count | pattern |
fuser | -{acfmsuv46} -n=name --mount --all --verbose --user --namespace=name | list+ |
lsof | -{ahlMnNPRtTUVWbOKLX} -i?selector -p=id -u=id -c=text -g?id -d=columns -s?name -S?count
    -F?name +L1 +L +c=few +D=list +d=list | list* |
rsync | -{aAcCdDEgGhHiIklLmnNoOpPqrRsStuUvWxXyzH8} --dry-run --archive --verbose --compress
    --delete --delete-after --delete-before --delete-during --delete-excluded --exclude=pattern
    --include=pattern --stats --progress --itemize-changes --checksum --human-readable --size-only
    --recursive --partial --inplace --update --existing --ignore-existing --numeric-ids --links
    --perms --times --group --owner --hard-links --info=columns --out-format=text --list-only
    --omit-dir-times --no-perms --no-owner --no-group --one-file-system --sparse --acls --xattrs
    --bwlimit=count --max-size=size --min-size=size --modify-window=few | path+ | -n --dry-run
    --list-only
tar | -{tvzjJ} --list --verbose --gzip --bzip2 --xz --file=archive -f=archive --zstd -a
    --full-time --numeric-owner | hash* | -t --list
tar tf,tvf,tzf,tjf,tJf,tzvf,tvzf,tjvf,tvjf,ztvf,tzvvf,tJvf | | archive path* |
unzip | -{lvZtq} | hash path* | -l -v -Z -t
gzip,gunzip,bzip2,xz,zstd | -l -t -v --list --test --verbose | hash+ | -l -t --list --test
lz4 | -t --list -v | hash+ | -t --list
"""

CHANGES: Final = """
find | -delete -exec -execdir -ok -okdir -fprintf -fprint -fprint0 -fls | destructive |
rm,unlink,rmdir,shred,truncate,dd,wipefs,blkdiscard,srm | | destructive |
mv,cp,scp,ln,mkdir,touch,mkfifo,mknod,install,mktemp | | mutate | -f --force -o -S -F -J
    --remove-destination
sftp,unzip,zip,split,csplit,patch,cpio,dos2unix | | destructive |
chmod,chown,chgrp,setfacl,chattr,setfattr | | mutate |
tar,tar * | | destructive |
gzip,gunzip,bzip2,bunzip2,xz,unxz,lz4,zstd,pigz,compress,uncompress | | mutate | -f --force
    --rm
rsync | | destructive |
fuser | -k --kill | mutate |
sed | -i --in-place | destructive |
tee,sponge | | destructive |
"""
