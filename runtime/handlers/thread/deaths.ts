/** Why a thread has gone. */
export class ThreadDeath extends Error {
  override name = 'ThreadDeath';
}

export class OutOfMemory extends ThreadDeath {
  override name = 'OutOfMemory';
  constructor(megabytes: number) {
    super(`the handler used more than ${megabytes} MB of memory, so its thread was ended`);
  }
}

export class Ended extends ThreadDeath {
  override name = 'ThreadEnded';
  constructor(why: string) {
    super(`the handler's thread ended: ${why}`);
  }
}
