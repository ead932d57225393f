# Creates the wrong kind of file at the paths that the service uses.
rm -rf /workspace /tmp /sandbox-init
mkfifo /workspace
echo file > /tmp
mkdir -p /sandbox-init/deep
echo x > /sandbox-init/deep/file
