# shellcheck shell=sh
# What makes a Debian with these packages the appliance: its network, its shares, its pages.
# The address that user networking gives: with DHCP, each clone would ask for it anew.
cat >/etc/systemd/network/20-eth0.network <<'END'
[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
DNS=10.0.2.3
END
systemctl enable --now systemd-networkd
/lib/systemd/systemd-networkd-wait-online --interface=eth0 --timeout=60

mkdir -p /srv/share
echo 'hello from the NAS' >/srv/share/hello.txt
chmod -R a+rwX /srv/share
cat >/etc/exports <<'END'
/srv *(rw,insecure,no_root_squash,no_subtree_check,fsid=0)
END
systemctl restart nfs-kernel-server

truncate -s 64M /srv/disk.img
cat >/etc/tgt/conf.d/disk.conf <<'END'
<target iqn.2026-11.example.nas:disk>
  backing-store /srv/disk.img
  initiator-address ALL
</target>
END
systemctl restart tgt

# One process of PHP, so that what it has compiled is there for the next request; its files do not change.
install -d -o www-data /var/lib/mediawiki/data /var/cache/nas
lighty-enable-mod fastcgi-php
sed -i 's/"PHP_FCGI_CHILDREN" => "[0-9]*"/"PHP_FCGI_CHILDREN" => "1"/' /etc/lighttpd/conf-available/15-fastcgi-php.conf
echo 'opcache.revalidate_freq=3600' >/etc/php/8.2/cgi/conf.d/99-nas.ini
echo 'alias.url += ("/mediawiki/" => "/var/lib/mediawiki/")' >/etc/lighttpd/conf-enabled/99-mediawiki.conf
cat >/var/www/html/index.html <<'END'
<!DOCTYPE html>
<html lang=en><title>NAS</title><p>This NAS is new: <a href="/mediawiki/mw-config/index.php">set it up</a>.</html>
END
systemctl restart lighttpd

# It is saved when all of it answers, and with the pages of the wizard compiled.
for port in 80 2049 3260; do
  until bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null; do sleep 0.1; done
done
cat >/usr/local/bin/get <<'END'
#!/bin/bash
# get <path>: of this machine's web server, three times: what is asked for first is prepared then.
for _ in 1 2 3; do
  exec 3<>/dev/tcp/127.0.0.1/80
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$1" >&3
  grep --max-count=1 'HTTP/1.[01] 200 ' <&3 || exit
done
END
chmod +x /usr/local/bin/get
get /
get /mediawiki/mw-config/index.php
