// @shared-engine first: it takes long. What it asserts does not depend on what else runs on the machine.
import assert from 'node:assert/strict';
import { IN } from '../../src/init-protocol/codec.ts';
import { type Entry, PROTOCOL_ONLY, pack, suite, TAR_END, tarContent, tarHeader } from './harness.ts';

const LONG_NAME = `${'d'.repeat(90)}/${'e'.repeat(200)}/${'f'.repeat(255)}`;

suite('files', PROTOCOL_ONLY, (t) => {
  t('unpacks nested files with their content and modes', async (sandbox) => {
    const entries: Entry[] = [
      { name: 'main.py', content: 'print("hi")\n' },
      { name: 'run.sh', content: '#!/bin/sh\n', mode: 0o755 },
      { name: 'secret', content: '', mode: 0o600 },
      { name: 'a/b/c/deep.txt', content: 'deep' },
      { name: 'empty', directory: true },
      { name: 'shut/', directory: true, mode: 0o500 },
      { name: 'shut/in', content: 'in' },
      { name: './dotted/', directory: true },
      { name: './dotted/x', content: 'x' },
    ];
    sandbox.sendFiles(await pack(entries));
    const list = await sandbox.exec(['/usr/bin/find', '.', '-mindepth', '1', '-printf', '%M %s %P\\n']);
    assert.deepEqual(
      list.stdout.toString().trim().split('\n').sort(),
      [
        '-rw------- 0 secret',
        '-rw-r--r-- 1 dotted/x',
        '-rw-r--r-- 12 main.py',
        '-rw-r--r-- 2 shut/in',
        '-rw-r--r-- 4 a/b/c/deep.txt',
        '-rwxr-xr-x 10 run.sh',
        'drwx------ 60 shut',
        'drwxr-xr-x 40 empty',
        'drwxr-xr-x 60 a',
        'drwxr-xr-x 60 a/b',
        'drwxr-xr-x 60 a/b/c',
        'drwxr-xr-x 60 dotted',
      ].sort(),
    );
    const { files } = await sandbox.collect(['**']);
    assert.equal(files.get('main.py')?.toString(), 'print("hi")\n');
    assert.equal(files.get('a/b/c/deep.txt')?.toString(), 'deep');
  });

  for (const pieceBytes of [1, 7, 511, 513, 1024 * 1024]) {
    t(`takes an archive in pieces of ${pieceBytes} bytes`, async (sandbox) => {
      const content = Buffer.alloc(3000, 'abc');
      sandbox.sendFiles(
        await pack([
          { name: 'x', content },
          { name: LONG_NAME, content: 'long' },
        ]),
        pieceBytes,
      );
      const { files } = await sandbox.collect(['**']);
      assert.deepEqual([...files.keys()].sort(), [LONG_NAME, 'x'].sort());
      assert.deepEqual(files.get('x'), content);
    });
  }

  t('takes pax names beyond ASCII and GNU long names', async (sandbox) => {
    const gnuName = `g/${'n'.repeat(150)}`;
    const gnu = Buffer.concat([
      tarHeader({ name: '././@LongLink', type: 'L', size: gnuName.length + 1, magic: 'ustar  ' }),
      tarContent(`${gnuName}\0`),
      tarHeader({ name: 'cut', size: 3, magic: 'ustar  ' }),
      tarContent('gnu'),
      TAR_END,
    ]);
    sandbox.sendFiles(await pack([{ name: 'ä/ö.txt', content: 'umlaut' }]));
    sandbox.sendFiles(gnu);
    const { files } = await sandbox.collect(['**']);
    assert.deepEqual([...files.keys()].sort(), [gnuName, Buffer.from('ä/ö.txt').toString('latin1')].sort());
  });

  t('takes a size from a pax header and one in base 256', async (sandbox) => {
    const base256 = Buffer.alloc(12);
    base256[0] = 0x80;
    base256[11] = 5;
    sandbox.sendFiles(
      Buffer.concat([
        tarHeader({ name: 'x', type: 'x', size: 9 }),
        tarContent('9 size=4\n'),
        tarHeader({ name: 'pax', size: 0 }),
        tarContent('four'),
        tarHeader({ name: 'wide', size: base256 }),
        tarContent('fives'),
        TAR_END,
      ]),
    );
    const { files } = await sandbox.collect(['**']);
    assert.deepEqual([...files].map(([name, content]) => `${name}=${content}`).sort(), ['pax=four', 'wide=fives']);
  });

  t('replaces regular files, also read-only and linked ones, and keeps directories', async (sandbox) => {
    sandbox.sendFiles(
      await pack([
        { name: 'x', content: 'old, longer' },
        { name: 'd/y', content: 'y' },
      ]),
    );
    await sandbox.exec(['/bin/sh', '-c', 'chmod 0 x; ln x other']);
    sandbox.sendFiles(
      await pack([
        { name: 'x', content: 'new' },
        { name: 'd', directory: true, mode: 0o711 },
      ]),
    );
    const { files } = await sandbox.collect(['**']);
    assert.deepEqual([...files.keys()].sort(), ['d/y', 'x']);
    assert.equal(files.get('x')?.toString(), 'new');
  });

  t('takes an empty archive and the name ./', async (sandbox) => {
    sandbox.sendFiles(TAR_END);
    sandbox.sendFiles(Buffer.concat([tarHeader({ name: './', type: '5' }), TAR_END, Buffer.alloc(8192)]));
    await sandbox.stillAnswers();
  });

  t(
    'reports no_space if the archive does not fit',
    async (sandbox) => {
      sandbox.sendFiles(await pack([{ name: 'big', content: Buffer.alloc(2 * 1024 * 1024, 1) }]));
      const message = await sandbox.fails('no_space');
      assert.match(message, /write/);
    },
    { workspaceSize: '1m' },
  );

  const regular = (name: string | Buffer): Buffer =>
    Buffer.concat([tarHeader({ name, size: 1 }), tarContent('x'), TAR_END]);
  const extended = (records: string, type = 'x'): Buffer =>
    Buffer.concat([
      tarHeader({ name: 'x', type, size: records.length }),
      tarContent(records),
      tarHeader({ name: 'y' }),
      TAR_END,
    ]);
  const negative = Buffer.alloc(12, 0xff);
  const overflow = Buffer.alloc(12, 0xff);
  overflow[0] = 0x80;
  const hostile: Record<string, Buffer> = {
    'an empty stream': Buffer.alloc(0),
    'one zero block only': Buffer.alloc(512),
    'half a header': tarHeader({ name: 'x' }).subarray(0, 200),
    'no end': tarHeader({ name: 'x' }),
    'a lone zero block': Buffer.concat([Buffer.alloc(512), tarHeader({ name: 'x' }), TAR_END]),
    'truncated content': tarHeader({ name: 'x', size: 1000 }),
    'a giant size': Buffer.concat([tarHeader({ name: 'x', size: 0o77777777777 }), TAR_END]),
    'a negative size': Buffer.concat([tarHeader({ name: 'x', size: negative }), TAR_END]),
    'a size that overflows': Buffer.concat([tarHeader({ name: 'x', size: overflow }), TAR_END]),
    'a size that is no number': Buffer.concat([tarHeader({ name: 'x', size: Buffer.from('12345678xyz\0') }), TAR_END]),
    'a wrong checksum': Buffer.concat([tarHeader({ name: 'x', sum: '000001\0 ' }), TAR_END]),
    'no magic': Buffer.concat([tarHeader({ name: 'x', magic: 'xxxxx' }), TAR_END]),
    'random bytes': Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + 13) & 0xff)),
    'bytes after the end': Buffer.concat([TAR_END, Buffer.from('x')]),
    'an absolute name': regular('/etc/passwd'),
    'a name with ..': regular('a/../../x'),
    'the name ..': regular('..'),
    'the name .': regular('.'),
    'the name ./ of a file': regular('./'),
    'a segment of .': regular('a/./b'),
    'a doubled slash': regular('a//b'),
    'an empty name': regular(''),
    'a directory named ..': Buffer.concat([tarHeader({ name: '../', type: '5' }), TAR_END]),
    'a segment over 255 bytes': extended(paxRecord('path', 'n'.repeat(256))),
    'a path of 4096 bytes': extended(paxRecord('path', `nn/${'n/'.repeat(2046)}n`)),
    'a directory with content': Buffer.concat([
      tarHeader({ name: 'd', type: '5', size: 5 }),
      tarContent('12345'),
      TAR_END,
    ]),
    'a pax record that is too long': extended('99 path=x\n'),
    'a pax record of length 0': extended('0 path=x\n'),
    'a pax record of a giant length': extended('99999999999999999999999999 path=x\n'),
    'a pax record without length': extended(' path=x\n'),
    'a pax record without =': extended('8 path\n.'),
    'a pax record without newline': extended('9 path=xx'),
    'a pax path that is empty': extended('8 path=\n'),
    'a pax path with NUL': extended('11 path=a\0b\n'.slice(0, 12)),
    'a pax size that is no number': extended('9 size=x\n'),
    'a pax size over 64 bits': extended(paxRecord('size', '99999999999999999999')),
    'a pax header over 16 KiB': Buffer.concat([
      tarHeader({ name: 'x', type: 'x', size: 20_000 }),
      Buffer.alloc(20_480),
    ]),
    'a pax header without entry': Buffer.concat([
      tarHeader({ name: 'x', type: 'x', size: 9 }),
      tarContent('9 size=1\n'),
      TAR_END,
    ]),
    'an empty long name': Buffer.concat([
      tarHeader({ name: 'x', type: 'L', size: 0 }),
      tarHeader({ name: 'y' }),
      TAR_END,
    ]),
    'a long name that climbs': extended('../../etc/x\0', 'L'),
  };
  for (const type of ['1', '2', '3', '4', '6', '7', 'g', 'K', 'S', 'M', 'V', 'A', '\xff']) {
    hostile[`an entry of type ${JSON.stringify(type)}`] = Buffer.concat([tarHeader({ name: 'x', type }), TAR_END]);
  }
  for (const [what, archive] of Object.entries(hostile)) {
    t(`error archive: ${what}`, async (sandbox) => {
      sandbox.sendFiles(archive);
      await sandbox.fails('archive');
    });
  }

  const inTheWay: Record<string, string> = {
    'a parent that is a link': 'ln -s /tmp a',
    'a parent that is a link to the inside': 'mkdir real; ln -s real a',
    'a parent that is a file': 'touch a',
    'a link in the way': 'mkdir a; ln -s /tmp/target a/x',
    'a FIFO in the way': 'mkdir a; mkfifo a/x',
    'a directory in the way': 'mkdir -p a/x',
  };
  for (const [what, script] of Object.entries(inTheWay)) {
    t(`error archive: ${what}`, async (sandbox) => {
      assert.equal((await sandbox.exec(['/bin/sh', '-c', script])).exitCode, 0);
      sandbox.sendFiles(await pack([{ name: 'a/x', content: 'x' }]));
      await sandbox.fails('archive');
    });
  }

  t('error archive: a directory where a link is', async (sandbox) => {
    await sandbox.exec(['/bin/ln', '-s', '/tmp', 'd']);
    sandbox.send(IN.files, Buffer.concat([tarHeader({ name: 'd', type: '5' }), TAR_END]));
    await sandbox.fails('archive');
  });
});

function paxRecord(key: string, value: string): string {
  const tail = ` ${key}=${value}\n`;
  for (let length = tail.length + 1; ; length++) {
    if (`${length}${tail}`.length === length) return `${length}${tail}`;
  }
}
