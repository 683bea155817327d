/** How a child process hears that it shall end: told by its parent, or the parent is gone, or by a signal. */
export function onStop(stop: () => Promise<void>): void {
  let stopping = false;
  const once = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('message', (message) => {
    if (message === 'stop') once();
  });
  process.on('disconnect', once);
  process.on('SIGTERM', once);
  // Ctrl-C reaches the whole group; the parent decides the order in which it ends
  process.on('SIGINT', () => {
    if (!process.connected) once();
  });
}
