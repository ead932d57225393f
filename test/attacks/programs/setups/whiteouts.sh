# Creates files with the names that image layers use to mark deleted files (whiteouts).
touch /.wh.sandbox-init /.wh.workspace /.wh.tmp /opt/.wh..wh..opq
mkdir -p /.wh..wh.plnk
